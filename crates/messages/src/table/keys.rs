//! 33008–35100. Later additions: keys, certificates, THROW.

use super::{Message, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(33008, 16, "Cannot grant, deny, or revoke %.*ls permission on INFORMATION_SCHEMA or SYS %S_MSG."),
    row(33009, 16, "The database owner SID recorded in the master database differs from the database owner SID recorded in database '%.*ls'. You should correct this situation by resetting the owner of database '%.*ls' using the ALTER AUTHORIZATION statement."),
    row(33010, 16, "The MUST_CHANGE option cannot be specified together with the HASHED option."),
    row(33011, 16, "The %S_MSG private key cannot be dropped because one or more entities are encrypted by it."),
    row(33012, 10, "Cannot %S_MSG signature %S_MSG %S_MSG '%.*ls'. Signature already exists or cannot be added."),
    row(33013, 16, "A %S_MSG by %S_MSG '%.*s' does not exist."),
    row(33015, 16, "The database principal is referenced by a %S_MSG in the database, and cannot be dropped."),
    row(33016, 16, "The user cannot be remapped to a login. Remapping can only be done for users that were mapped to Windows or SQL logins."),
    row(33017, 16, "Cannot remap a user of one type to a login of a different type. For example, a SQL user must be mapped to a SQL login; it cannot be remapped to a Windows login."),
    row(33018, 16, "Cannot remap user to login '%.*s', because the login is already mapped to a user in the database."),
    row(33020, 16, "A HASHED password cannot be set for a login that has CHECK_POLICY turned on."),
    row(33023, 16, "The %S_MSG is too long. Maximum allowed length is %d bytes."),
    row(33069, 16, "CREATE CERTIFICATE statement cannot mix file and binary modes. Rewrite the statement using only the FILE or the BINARY keyword."),
    row(33074, 16, "Cannot %S_MSG a %S_MSG %S_MSG from a user database. This operation must be performed in the master database."),
    row(33094, 10, "An error occurred during Service Master Key %S_MSG"),
    row(33095, 10, "Service Master Key could not be decrypted using one of its encryptions. See sys.key_encryptions for details."),
    row(33096, 10, "A generic failure occurred during Service Master Key encryption or decryption."),
    row(33101, 16, "Cannot use %S_MSG '%.*ls', because its private key is not present or it is not protected by the database master key. SQL Server requires the ability to automatically access the private key of the %S_MSG used for this operation."),
    row(35100, 16, "Error number %d in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647."), // [K]
];
