//! 2010–4928. Objects, statements, transactions, the TDS stream, GRANT.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(2010, 16, "Cannot perform alter on '%.*ls' because it is an incompatible object type."), // [K]
    row(2104, 14, "Cannot %S_MSG the %S_MSG '%.*ls', because you do not have permission."), // [K]
    row(2205, 16, "%ls\"%ls\" was expected."), // [K]
    row(2209, 16, "%lsSyntax error near '%ls'"), // [K]
    row(2229, 16, "%lsThe name \"%ls\" does not denote a namespace."), // [K]
    row(2370, 16, "%lsNo more tokens expected at the end of the XQuery expression. Found '%ls'."), // [K]
    row(2374, 16, "%lsA node or set of nodes is required for %ls"), // [K]
    row(2389, 16, "XQuery [%ls]: '%ls' requires a singleton (or empty sequence), found operand of type '%ls'"), // [K]
    row(2395, 16, "%lsThere is no function '{%ls}:%ls()'"), // [K]
    row(2396, 16, "%lsAttribute may not appear outside of an element"), // [K]
    row(2501, 16, "Cannot find a table or object with the name \"%.*ls\". Check the system catalog."), // [K]
    row(2526, 16, "Incorrect DBCC statement. Check the documentation for the correct DBCC syntax and options."), // [K]
    row(2528, 10, "DBCC execution completed. If DBCC printed error messages, contact your system administrator."), // [K]
    row(2560, 16, "Parameter %d is incorrect for this DBCC statement."), // [K]
    row(2571, 14, "User '%.*ls' does not have permission to run DBCC %.*ls."), // [K]
    row(2601, 14, "Cannot insert duplicate key row in object '%.*ls' with unique index '%.*ls'. The duplicate key value is %ls."),
    row(2627, 14, "Violation of %ls constraint '%.*ls'. Cannot insert duplicate key in object '%.*ls'. The duplicate key value is %ls."),
    row(2628, 16, "String or binary data would be truncated in table '%.*ls', column '%.*ls'. Truncated value: '%.*ls'."),
    row(2702, 16, "Database '%.*ls' does not exist."),
    row(2705, 16, "Column names in each table must be unique. Column name '%.*ls' in table '%.*ls' is specified more than once."),
    row(2714, 16, "There is already an object named '%.*ls' in the database."),
    row(2715, 16, "Column, parameter, or variable #%d: Cannot find data type %.*ls."),
    row(2716, 16, "Column, parameter, or variable #%d: Cannot specify a column width on data type %.*ls."),
    row(2717, 15, "The size (%d) given to the %S_MSG '%.*ls' exceeds the maximum allowed (%d)."),
    row(2729, 16, "Procedure '%.*ls' group number 1 already exists in the database. Choose another procedure name."), // [K]
    row(2732, 16, "Error number %ld is invalid. The number must be from %ld through %ld and it cannot be 50000."),
    row(2739, 16, "The text, ntext, and image data types are invalid for local variables."), // [K]
    row(2740, 16, "SET LANGUAGE failed because '%.*ls' is not an official language name or a language alias on this SQL Server."), // [K]
    row(2741, 16, "SET DATEFORMAT date order '%.*ls' is invalid."), // [K]
    row(2742, 16, "SET DATEFIRST %d is out of range."), // [K]
    row(2743, 16, "%ls option requires %S_MSG parameter."),
    row(2744, 16, "Multiple identity columns specified for table '%.*ls'. Only one identity column per table is allowed."), // [K]
    row(2745, 10, "Process ID %d has raised user error %d, severity %d. SQL Server is terminating this process."),
    row(2747, 16, "Too many substitution parameters for RAISERROR. Cannot exceed %d substitution parameters."), // [K]
    row(2748, 16, "Cannot specify %ls data type (parameter %d) as a substitution parameter."),
    row(2749, 16, "Identity column '%.*ls' must be of data type int, bigint, smallint, tinyint, or decimal or numeric with a scale of 0, unencrypted, and constrained to be nonnullable."), // [K]
    row(2750, 16, "Column or parameter #%d: Specified column precision %d is greater than the maximum precision of %d."), // [K]
    row(2751, 16, "Column or parameter #%d: Specified column scale %d is greater than the specified precision of %d."), // [K]
    row(2754, 16, "Error severity levels greater than %d can only be specified by members of the sysadmin role, using the WITH LOG option."),
    row(2756, 16, "Invalid value %d for state. State value must not be less than %d."),
    row(2758, 16, "RAISERROR could not locate entry for error %d in sys.messages."), // [K]
    row(2759, 16, "CREATE SCHEMA failed due to previous errors."), // [K]
    row(2760, 16, "The specified schema name \"%.*ls\" either does not exist or you do not have permission to use it."),
    row(2786, 16, "The data type of substitution parameter %d does not match the expected type of the format specification."),
    row(2787, 16, "Invalid format specification: '%.*ls'."),
    row(2797, 16, "The default schema does not exist."),
    row(2809, 16, "The request for %S_MSG '%.*ls' failed because '%.*ls' is a %S_MSG object."),
    row(2812, 16, "Could not find stored procedure '%.*ls'."),
    row(3604, 10, "Duplicate key was ignored."), // [K]
    row(3606, 10, "Arithmetic overflow occurred."), // [K]
    row(3607, 10, "Division by zero occurred."), // [K]
    row(3609, 16, "The transaction ended in the trigger. The batch has been aborted."),
    row(3616, 16, "An error was raised during trigger execution. The batch has been aborted and the user transaction, if any, has been rolled back."),
    row(3621, 10, "The statement has been terminated."),
    row(3623, 16, "An invalid floating point operation occurred."), // [K]
    logged(3628, 24, "The Database Engine received a floating point exception from the operating system while processing a user request. Try the transaction again. If the problem persists, contact your system administrator."), // [K]
    row(3701, 11, "Cannot %S_MSG the %S_MSG '%.*ls', because it does not exist or you do not have permission."),
    row(3702, 16, "Cannot drop database \"%.*ls\" because it is currently in use."),
    row(3704, 16, "User does not have permission to perform this operation on %S_MSG '%.*ls'."), // [K]
    row(3705, 16, "Cannot use DROP %ls with '%.*ls' because '%.*ls' is a %S_MSG. Use %ls."),
    row(3708, 16, "Cannot %S_MSG the %S_MSG '%.*ls' because it is a system %S_MSG."),
    row(3716, 16, "The %S_MSG '%.*ls' cannot be dropped because it is bound to one or more %S_MSG."),
    row(3723, 16, "An explicit DROP INDEX is not allowed on index '%.*ls'. It is being used for %ls constraint enforcement."), // [K]
    row(3725, 16, "The constraint '%.*ls' is being referenced by table '%.*ls', foreign key constraint '%.*ls'."), // [K]
    row(3726, 16, "Could not drop object '%.*ls' because it is referenced by a FOREIGN KEY constraint."),
    row(3727, 10, "Could not drop constraint. See previous errors."), // [K]
    row(3728, 16, "'%.*ls' is not a constraint."), // [K]
    row(3729, 16, "Cannot %ls '%.*ls' because it is being referenced by object '%.*ls'."),
    row(3733, 16, "Constraint '%.*ls' does not belong to table '%.*ls'."), // [K]
    row(3902, 16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    row(3903, 16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    row(3906, 16, "Failed to update database \"%.*ls\" because the database is read-only."),
    row(3914, 16, "The data type \"%s\" is invalid for transaction names or savepoint names. Allowed data types are char, varchar, nchar, varchar(max), nvarchar, and nvarchar(max)."), // [K]
    row(3915, 16, "Cannot use the ROLLBACK statement within an INSERT-EXEC statement."),
    row(3916, 16, "Cannot use the COMMIT statement within an INSERT-EXEC statement unless BEGIN TRANSACTION is used first."),
    row(3918, 16, "The statement or function must be executed in the context of a user transaction."),
    row(3926, 10, "The transaction active in this session has been committed or aborted by another session."),
    row(3930, 16, "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction."),
    row(3931, 16, "The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction."),
    row(3932, 16, "The save point name \"%.*ls\" that was provided is too long. The maximum allowed length is %d characters."),
    row(3933, 16, "Cannot promote the transaction to a distributed transaction because there is an active save point in this transaction."), // [K]
    row(3988, 16, "New transaction is not allowed because there are other threads running in the session."), // [K]
    row(3989, 16, "New request is not allowed to start because it should come with valid transaction descriptor."), // [K]
    row(3998, 16, "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back."), // [K]
    row(4002, 16, "The incoming tabular data stream (TDS) protocol stream is incorrect. The stream ended unexpectedly."),
    row(4009, 16, "The incoming tabular data stream (TDS) protocol stream is incorrect. The TDS headers contained errors."),
    row(4010, 16, "The incoming tabular data stream (TDS) protocol stream is incorrect. The Query Notification TDS header contained errors."),
    row(4011, 16, "The incoming tabular data stream (TDS) protocol stream is incorrect. The MARS TDS header contained errors."),
    row(4014, 20, "A fatal error occurred while reading the input stream from the network. The session will be terminated (input error: %d, output error: %d)."),
    row(4060, 11, "Cannot open database \"%.*ls\" requested by the login. The login failed."),
    row(4061, 11, "Neither the database \"%.*ls\" requested by the login nor the user default database could be opened. The master database is being used instead."),
    row(4062, 11, "Cannot open user default database. Using master database instead."),
    row(4063, 11, "Cannot open database \"%.*ls\" that was requested by the login. Using the user default database \"%.*ls\" instead."),
    row(4064, 11, "Cannot open user default database. Login failed."),
    row(4104, 16, "The multi-part identifier \"%.*ls\" could not be bound."),
    row(4108, 16, "Windowed functions can only appear in the SELECT or ORDER BY clauses."),
    row(4112, 16, "The function '%.*ls' must have an OVER clause with ORDER BY."), // [K]
    row(4113, 16, "The function '%.*ls' is not a valid windowing function, and cannot be used with the OVER clause."), // [K]
    row(4121, 16, "Cannot find either column \"%.*ls\" or the user-defined function or aggregate \"%.*ls\", or the name is ambiguous."),
    row(4135, 16, "Synonym '%.*ls' is defined over queue '%.*ls'. Synonyms on queues are not allowed."),
    row(4142, 16, "Aggregates are not allowed in the RECEIVE list."),
    row(4145, 15, "An expression of non-boolean type specified in a context where a condition is expected, near '%.*ls'."),
    row(4405, 16, "View or function '%.*ls' is not updatable because the modification affects multiple base tables."), // [K]
    row(4511, 16, "Create View or Function failed because no column name was specified for column %d."), // [K]
    row(4517, 16, "Service queue object cannot be used in schemabinding expressions. '%.*ls' is a service queue."),
    row(4602, 14, "Only members of the sysadmin role can grant or revoke the CREATE DATABASE permission."),
    row(4604, 16, "There is no such user or group '%.*ls' or you do not have permission."),
    row(4606, 16, "Granted or revoked privilege %ls is not compatible with object."),
    row(4610, 16, "You can only grant or revoke permissions on objects in the current database."),
    row(4611, 16, "To revoke or deny grantable privileges, specify the CASCADE option."),
    row(4613, 16, "Grantor does not have GRANT permission."),
    row(4616, 16, "You cannot perform this operation for the resource database."),
    row(4617, 16, "Cannot grant, deny or revoke permissions to or from special roles."),
    row(4618, 16, "You do not have permission to use %.*ls in the AS clause."),
    row(4619, 16, "CREATE DATABASE permission can only be granted in the master database."),
    row(4620, 16, "All permissions in a grant/deny/revoke statement should be at the same scope (e.g., server or database)"),
    row(4621, 16, "Permissions at the server scope can only be granted when the current database is master"),
    row(4622, 16, "Permissions at the server scope can only be granted to logins"),
    row(4623, 16, "The all permission has been deprecated and is not available for this class of entity"),
    row(4624, 16, "Cannot grant, deny, or revoke permissions to sa, dbo, entity owner, information_schema, sys, or yourself."),
    row(4625, 16, "There is no such server principal %.*s or you do not have permission."),
    row(4627, 16, "Cannot grant, deny, or revoke the connect database permission to application roles."),
    row(4628, 16, "The ALL permission is deprecated and maintained only for compatibility. It DOES NOT imply ALL permissions defined on the entity."),
    row(4629, 16, "Permissions on server scoped catalog views or system stored procedures or extended stored procedures can be granted only when the current database is master."),
    row(4701, 16, "Cannot find the object \"%.*ls\" because it does not exist or you do not have permissions."),
    row(4708, 16, "Could not truncate object '%.*ls' because it is not a table."),
    row(4712, 16, "Cannot truncate table '%.*ls' because it is being referenced by a FOREIGN KEY constraint."),
    row(4901, 16, "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '%.*ls' cannot be added to non-empty table '%.*ls' because it does not satisfy these conditions."), // [K]
    row(4902, 16, "Cannot find the object \"%.*ls\" because it does not exist or you do not have permissions."), // [K]
    row(4909, 16, "Cannot alter '%.*ls' because it is not a table."), // [K]
    row(4917, 16, "Constraint '%.*ls' does not exist."), // [K]
    row(4922, 16, "%ls %.*ls failed because one or more objects access this %S_MSG."), // [K]
    row(4923, 16, "ALTER TABLE DROP COLUMN failed because '%.*ls' is the only data column in table '%.*ls'. A table must have at least one data column."), // [K]
    row(4924, 16, "%ls failed because column '%.*ls' does not exist in table '%.*ls'."), // [K]
    row(4928, 16, "Cannot alter column '%.*ls' because it is '%ls'."), // [K]
];
