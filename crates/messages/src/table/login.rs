//! 17001–18488. Event notifications in the log, connections, logins.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    logged(17001, 16, "Failure to send an event notification instance of type '%s' on conversation handle '%s'. Error Code = '%s'."),
    logged(17002, 16, "Failed to post QUEUE_ACTIVATION event. Error code: '0x%s'."),
    logged(17003, 16, "Closed event notification conversation endpoint with handle '%s', due to the following error: '%.*ls'."),
    logged(17004, 16, "Event notification conversation on dialog handle '%s' closed without an error."),
    logged(17005, 16, "Event notification '%ls' in database '%ls' dropped due to send time service broker errors. Check to ensure the conversation handle, service broker contract, and service specified in the event notification are active."),
    logged(17828, 20, "The prelogin packet used to open the connection is structurally invalid; the connection has been closed. Please contact the vendor of the client library.%.*ls"), // [K]
    logged(17832, 20, "The login packet used to open the connection is structurally invalid; the connection has been closed. Please contact the vendor of the client library.%.*ls"), // [K]
    logged(17835, 20, "Encryption is required to connect to this server but the client library does not support encryption; the connection has been closed. Please upgrade your client library.%.*ls"), // [K]
    logged(17836, 20, "Length specified in network packet payload did not match number of bytes read; the connection has been closed. Please contact the vendor of the client library.%.*ls"), // [K]
    logged(17892, 14, "Logon failed for login '%.*ls' due to trigger execution.%.*ls"), // [K]
    row(18054, 16, "Error %d, severity %d, state %d was raised, but no message with that error number was found in sys.messages. If error is larger than 50000, make sure the user-defined message is added using sp_addmessage."), // [K]
    logged(18451, 14, "Login failed for user '%.*ls'. Only administrators may connect at this time.%.*ls"),
    logged(18452, 14, "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.%.*ls"),
    logged(18456, 14, "Login failed for user '%.*ls'.%.*ls%.*ls"),
    logged(18461, 14, "Login failed for user '%.*ls'. Reason: Server is in single user mode. Only one administrator can connect at this time.%.*ls"), // [K]
    logged(18470, 14, "Login failed for user '%.*ls'. Reason: The account is disabled.%.*ls"),
    logged(18486, 14, "Login failed for user '%.*ls' because the account is currently locked out. The system administrator can unlock it. %.*ls"),
    logged(18487, 14, "Login failed for user '%.*ls'.  Reason: The password of the account has expired.%.*ls"),
    logged(18488, 14, "Login failed for user '%.*ls'.  Reason: The password of the account must be changed.%.*ls"),
];
