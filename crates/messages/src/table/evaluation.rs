//! 8003–8360. Remote procedure calls, evaluation, conversion.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(8003, 16, "The incoming request has too many parameters. The server supports a maximum of %d parameters. Reduce the number of parameters and resend the request."),
    row(8004, 16, "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. The RPC name is invalid."),
    row(8009, 16, "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. Parameter %d (\"%.*ls\"): Data type 0x%02X is unknown."),
    row(8016, 16, "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. Parameter %d (\"%.*ls\"): Data type 0x%02X has an invalid data length or metadata length."),
    row(8023, 16, "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. Parameter %d (\"%.*ls\"): The supplied value is not a valid instance of data type %.*ls. Check the source data for invalid values. An example of an invalid value is data of numeric type with scale greater than precision."),
    row(8101, 16, "An explicit value for the identity column in table '%.*ls' can only be specified when a column list is used and IDENTITY_INSERT is ON."), // [K]
    row(8102, 16, "Cannot update identity column '%.*ls'."), // [K]
    row(8106, 16, "Table '%.*ls' does not have the identity property. Cannot perform SET operation."), // [K]
    row(8107, 16, "IDENTITY_INSERT is already ON for table '%.*ls.%.*ls.%.*ls'. Cannot perform SET operation for table '%.*ls'."), // [K]
    row(8110, 16, "Cannot add multiple PRIMARY KEY constraints to table '%.*ls'."), // [K]
    row(8111, 16, "Cannot define PRIMARY KEY constraint on nullable column in table '%.*ls'."),
    row(8113, 16, "Incorrect use of the XML data type method '%.*ls'. A mutator method is expected in this context."),
    row(8114, 16, "Error converting data type %ls to %ls."),
    row(8115, 16, "Arithmetic overflow error converting %ls to data type %ls."),
    row(8116, 16, "Argument data type %ls is invalid for argument %d of %ls function."),
    row(8117, 16, "Operand data type %ls is invalid for %ls operator."),
    row(8120, 16, "Column '%.*ls.%.*ls' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause."),
    row(8121, 16, "Column '%.*ls.%.*ls' is invalid in the HAVING clause because it is not contained in either an aggregate function or the GROUP BY clause."), // [K]
    row(8127, 16, "Column \"%.*ls.%.*ls\" is invalid in the ORDER BY clause because it is not contained in either an aggregate function or the GROUP BY clause."), // [K]
    row(8133, 16, "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant."), // [K]
    row(8134, 16, "Divide by zero error encountered."),
    row(8137, 16, "Incorrect use of the XML data type method '%.*ls'. A non-mutator method is expected in this context."),
    row(8139, 16, "Number of referencing columns in foreign key differs from number of referenced columns, table '%.*ls'."), // [K]
    row(8141, 16, "Column %ls constraint for column '%.*ls' references another column, table '%.*ls'."), // [K]
    row(8143, 16, "Parameter '%.*ls' was supplied multiple times."),
    row(8144, 16, "Procedure or function %.*ls has too many arguments specified."),
    row(8145, 16, "%.*ls is not a parameter for procedure %.*ls."),
    row(8146, 16, "Procedure %.*ls has no parameters and arguments were supplied."),
    row(8150, 16, "Multiple NULL constraints were specified for column '%.*ls', table '%.*ls'."), // [K]
    row(8151, 16, "Both a PRIMARY KEY and UNIQUE constraint have been defined for column '%.*ls', table '%.*ls'. Only one is allowed."), // [K]
    row(8152, 16, "String or binary data would be truncated."),
    row(8153, 10, "Warning: Null value is eliminated by an aggregate or other SET operation."),
    row(8154, 15, "The table '%.*ls' is ambiguous."), // [K]
    row(8155, 15, "No column name was specified for column %d of '%.*ls'."),
    row(8156, 15, "The column '%.*ls' was specified multiple times for '%.*ls'."),
    row(8158, 16, "'%.*ls' has more columns than were specified in the column list."), // [K]
    row(8159, 16, "'%.*ls' has fewer columns than were specified in the column list."), // [K]
    row(8162, 16, "The formal parameter \"%.*ls\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output."),
    row(8164, 16, "An INSERT EXEC statement cannot be nested."),
    row(8169, 16, "Conversion failed when converting from a character string to uniqueidentifier."),
    row(8170, 16, "Insufficient result space to convert uniqueidentifier value to char."),
    row(8172, 16, "The argument %d of the XML data type method \"%.*ls\" must be a string literal."),
    row(8173, 15, "Incorrect syntax was used to invoke the XML data type method '%.*ls'."),
    row(8178, 16, "The parameterized query '%.*ls' expects the parameter '%.*ls', which was not supplied."),
    row(8179, 16, "Could not find prepared statement with handle %d."),
    row(8180, 16, "Statement(s) could not be prepared."),
    row(8189, 16, "You do not have permission to run '%ls'."),
    row(8197, 16, "The object '%.*ls' does not exist or is invalid for this operation."),
    logged(8355, 16, "Server-level event notifications can not be delivered. Either Service Broker is disabled in msdb, or msdb failed to start. Event notifications in other databases could be affected as well. Bring msdb online, or enable Service Broker."),
    logged(8359, 16, "SQL Trace failed to send event notification. The server has run out of memory. The same send failure may not be reported in the future."),
    logged(8360, 16, "SQL Trace failed to send event notification. This may be due to low resource conditions. The same send failure may not be reported in the future."),
];
