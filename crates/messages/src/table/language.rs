//! 101–1919. The language itself: syntax, names, types, conversions, locks, CREATE TABLE and CREATE DATABASE.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(101, 15, "Query not allowed in Waitfor."),
    row(102, 15, "Incorrect syntax near '%.*ls'."),
    row(103, 15, "The %S_MSG that starts with '%.*ls' is too long. Maximum length is %d."),
    row(104, 16, "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator."), // [K]
    row(105, 15, "Unclosed quotation mark after the character string '%.*ls'."),
    row(107, 15, "The column prefix '%.*ls' does not match with a table name or alias name used in the query."),
    row(108, 15, "The ORDER BY position number %ld is out of range of the number of items in the select list."),
    row(109, 15, "There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement."),
    row(110, 15, "There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement."),
    row(111, 15, "'%ls' must be the first statement in a query batch."),
    row(112, 15, "Variables are not allowed in the %ls statement."), // [K]
    row(113, 15, "Missing end comment mark '*/'."),
    row(116, 15, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS."),
    row(117, 15, "The %S_MSG name '%.*ls' contains more than the maximum number of prefixes. The maximum is %d."),
    row(119, 15, "Must pass parameter number %d and subsequent parameters as '@name = value'. After the form '@name = value' has been used, all subsequent parameters must be passed in the form '@name = value'."),
    row(120, 15, "The select list for the INSERT statement contains fewer items than the insert list. The number of SELECT values must match the number of INSERT columns."),
    row(121, 15, "The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns."),
    row(122, 15, "The %ls option is allowed only with %ls syntax."), // [K]
    row(123, 15, "Batch/procedure exceeds maximum length of %d characters."), // [K]
    row(125, 15, "Case expressions may only be nested to level %d."), // [K]
    row(127, 15, "A TOP N or FETCH rowcount value may not be negative."),
    row(128, 15, "The name \"%.*s\" is not permitted in this context. Valid expressions are constants, constant expressions, and (in some contexts) variables. Column names are not permitted."),
    row(130, 15, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."), // [K]
    row(131, 15, "The size (%d) given to the %S_MSG '%.*ls' exceeds the maximum allowed for any data type (%d)."),
    row(132, 15, "The label '%.*ls' has already been declared. Label names must be unique within a query batch or stored procedure."), // [K]
    row(133, 15, "A GOTO statement references the label '%.*ls' but the label has not been declared."),
    row(134, 15, "The variable name '%.*ls' has already been declared. Variable names must be unique within a query batch or stored procedure."),
    row(135, 15, "Cannot use a BREAK statement outside the scope of a WHILE statement."),
    row(136, 15, "Cannot use a CONTINUE statement outside the scope of a WHILE statement."),
    row(137, 15, "Must declare the scalar variable \"%.*ls\"."),
    row(138, 15, "Correlation clause in a subquery not permitted."), // [K]
    row(139, 15, "Cannot assign a default value to a local variable."), // [K]
    row(141, 15, "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations."),
    row(142, 15, "Incorrect syntax for definition of the '%ls' constraint."), // [K]
    row(144, 15, "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause."), // [K]
    row(145, 15, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified."),
    row(147, 15, "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference."),
    row(148, 15, "Incorrect time syntax in time string '%.*ls' used with WAITFOR."),
    row(149, 15, "Time value '%.*ls' used with WAITFOR is not a valid value. Check date/time syntax."),
    row(151, 15, "'%.*ls' is an invalid money value."), // [K]
    row(153, 15, "Invalid usage of the option %.*ls in the %ls statement."), // [K]
    row(154, 15, "%ls is not allowed in %ls."), // [K]
    row(155, 15, "'%.*ls' is not a recognized %ls option."),
    row(156, 15, "Incorrect syntax near the keyword '%.*ls'."),
    row(157, 15, "An aggregate may not appear in the set list of an UPDATE statement."), // [K]
    row(158, 15, "An aggregate may not appear in the OUTPUT clause."), // [K]
    row(159, 15, "Must specify the table name and index name for the DROP INDEX statement."), // [K]
    row(164, 15, "Each GROUP BY expression must contain at least one column that is not an outer reference."), // [K]
    row(166, 15, "'%ls' does not allow specifying the database name as a prefix to the object name."),
    row(169, 15, "A column has been specified more than once in the order by list. Columns in the order by list must be unique."), // [K]
    row(173, 15, "The definition for column '%.*ls' must include a data type."), // [K]
    row(174, 15, "The %.*ls function requires %d argument(s)."),
    row(178, 15, "A RETURN statement with a return value cannot be used in this context."),
    row(179, 15, "Cannot use the OUTPUT option when passing a constant to a stored procedure."),
    row(180, 15, "There are too many parameters in this %ls statement. The maximum number is %d."), // [K]
    row(183, 15, "The scale (%d) for column '%.*ls' must be within the range %d to %d."), // [K]
    row(187, 16, "The valid range for MAX_QUEUE_READERS is 0 to 32767."),
    row(189, 15, "The %ls function requires %d to %d arguments."),
    row(191, 15, "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries."), // [K]
    row(192, 15, "The scale must be less than or equal to the precision."), // [K]
    row(193, 15, "The object or column name starting with '%.*ls' is too long. The maximum length is %d characters."), // [K]
    row(195, 15, "'%.*ls' is not a recognized %S_MSG."),
    row(197, 15, "EXECUTE cannot be used as a source when inserting into a table variable."), // [K]
    row(199, 15, "An INSERT statement cannot contain a SELECT statement that assigns values to a variable."), // [K]
    row(201, 16, "Procedure or function '%.*ls' expects parameter '%.*ls', which was not supplied."),
    row(202, 16, "Invalid type '%s' for WAITFOR. Supported data types are CHAR/VARCHAR, NCHAR/NVARCHAR, and DATETIME. WAITFOR DELAY supports the INT and SMALLINT data types."),
    row(203, 16, "The name '%.*ls' is not a valid identifier."),
    row(205, 16, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists."),
    row(206, 16, "Operand type clash: %ls is incompatible with %ls"),
    row(207, 16, "Invalid column name '%.*ls'."),
    row(208, 16, "Invalid object name '%.*ls'."),
    row(209, 16, "Ambiguous column name '%.*ls'."),
    row(210, 16, "Conversion failed when converting datetime from binary/varbinary string."), // [K]
    row(212, 16, "Expression result length exceeds the maximum. %d max, %d found."), // [K]
    row(213, 16, "Column name or number of supplied values does not match table definition."),
    row(214, 16, "Procedure expects parameter '%ls' of type '%ls'."),
    row(215, 16, "Parameters supplied for object '%.*ls' which is not a function. If the parameters are intended as a table hint, a WITH keyword is required."), // [K]
    row(216, 16, "Parameters were not supplied for the function '%.*ls'."), // [K]
    row(217, 16, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit %d)."),
    row(218, 16, "Could not find the type '%.*ls'. Either it does not exist or you do not have the necessary permission."),
    row(219, 16, "The type '%.*ls' already exists, or you do not have permission to create it."),
    row(220, 16, "Arithmetic overflow error for data type %ls, value = %ld."),
    row(226, 16, "%ls statement not allowed within multi-statement transaction."),
    row(229, 14, "The %ls permission was denied on the object '%.*ls', database '%.*ls', schema '%.*ls'."),
    row(230, 14, "The %ls permission was denied on the column '%.*ls' of the object '%.*ls', database '%.*ls', schema '%.*ls'."),
    row(232, 16, "Arithmetic overflow error for type %ls, value = %f."), // [K]
    row(233, 16, "The column '%.*ls' in table '%.*ls' cannot be null."), // [K]
    row(234, 16, "There is insufficient result space to convert a money value to %ls."), // [K]
    row(235, 16, "Cannot convert a char value to money. The char value has incorrect syntax."), // [K]
    row(236, 16, "The conversion from char data type to money resulted in a money overflow error."), // [K]
    row(237, 16, "There is insufficient result space to convert a money value to %ls."), // [K]
    row(238, 16, "There is insufficient result space to convert the %ls value (= %d) to the money data type."), // [K]
    row(239, 16, "Duplicate common table expression name '%.*ls' was specified."), // [K]
    row(240, 16, "Types don't match between the anchor and the recursive part in column \"%.*ls\" of recursive query \"%.*ls\"."), // [K]
    row(241, 16, "Conversion failed when converting date and/or time from character string."),
    row(242, 16, "The conversion of a %ls data type to a %ls data type resulted in an out-of-range value."),
    row(243, 16, "Type %.*ls is not a defined system type."),
    row(244, 16, "The conversion of the %ls value '%.*ls' overflowed an %hs column. Use a larger integer column."),
    row(245, 16, "Conversion failed when converting the %ls value '%.*ls' to data type %ls."),
    row(246, 16, "No anchor member was specified for recursive query \"%.*ls\"."), // [K]
    row(247, 16, "An anchor member was found in the recursive part of recursive query \"%.*ls\"."), // [K]
    row(248, 16, "The conversion of the %ls value '%.*ls' overflowed an int column."),
    row(249, 16, "The type \"%ls\" is not comparable. It cannot be used in the %ls clause."), // [K]
    row(252, 16, "Recursive common table expression '%.*ls' does not contain a top-level UNION ALL operator."), // [K]
    row(253, 16, "Recursive member of a common table expression '%.*ls' has multiple recursive references."), // [K]
    row(256, 16, "The data type %ls is invalid for the %ls function. Allowed types are: char/varchar, nchar/nvarchar, and binary/varbinary."), // [K]
    row(257, 16, "Implicit conversion from data type %ls to %ls is not allowed. Use the CONVERT function to run this query."),
    row(258, 15, "Cannot call methods on %ls."), // [K]
    row(259, 16, "Ad hoc updates to system catalogs are not allowed."),
    row(260, 16, "Disallowed implicit conversion from data type %ls to data type %ls, table '%.*ls', column '%.*ls'. Use the CONVERT function to run this query."),
    row(261, 16, "'%.*ls' is not a recognized function."), // [K]
    row(262, 14, "%ls permission denied in database '%.*ls'."),
    row(263, 16, "Must specify table to select from."), // [K]
    row(264, 16, "The column name '%.*ls' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code."),
    row(266, 16, "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = %ld, current count = %ld."),
    row(270, 16, "Object '%.*ls' cannot be modified."),
    row(271, 16, "The column \"%.*ls\" cannot be modified because it is either a computed column or is the result of a UNION operator."),
    row(272, 16, "Cannot update a timestamp column."),
    row(273, 16, "Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column."),
    row(278, 16, "The text, ntext, and image data types cannot be used in a GROUP BY clause."), // [K]
    row(281, 16, "%d is not a valid style number when converting from %ls to a character string."), // [K]
    row(282, 10, "The '%.*ls' procedure attempted to return a status of NULL, which is not allowed. A status of 0 will be returned instead."), // [K]
    row(286, 16, "The logical tables INSERTED and DELETED cannot be updated."),
    row(287, 16, "The %ls statement is not allowed within a trigger."),
    row(291, 16, "CAST or CONVERT: invalid attributes specified for type '%.*ls'"), // [K]
    row(292, 16, "There is insufficient result space to convert a smallmoney value to %ls."), // [K]
    row(293, 16, "Cannot convert a char value to smallmoney. The char value has incorrect syntax."), // [K]
    row(294, 16, "The conversion from char data type to smallmoney resulted in a smallmoney overflow error."), // [K]
    row(295, 16, "Conversion failed when converting character string to smalldatetime data type."), // [K]
    row(297, 16, "The user does not have permission to perform this action."),
    row(298, 16, "The conversion from datetime data type to smalldatetime data type resulted in a smalldatetime overflow error."), // [K]
    row(300, 14, "%ls permission was denied on object '%.*ls', database '%.*ls'."),
    row(305, 16, "The XML data type cannot be compared or sorted, except when using the IS NULL operator."),
    row(306, 16, "The text, ntext, and image data types cannot be compared or sorted, except when using IS NULL or LIKE operator."), // [K]
    row(310, 15, "The value %d specified for the MAXRECURSION option exceeds the allowed maximum of %d."), // [K]
    row(313, 16, "An insufficient number of arguments were supplied for the procedure or function %.*ls."),
    row(317, 16, "Table-valued function '%.*ls' cannot have a column alias."), // [K]
    row(319, 16, "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, an xmlnamespaces clause or a change tracking context clause, the previous statement must be terminated with a semicolon."),
    row(334, 15, "The target table '%.*ls' of the DML statement cannot have any enabled triggers if the statement contains an OUTPUT clause without INTO clause."),
    row(335, 16, "Function call cannot be used to match a target table in the FROM clause of a DELETE or UPDATE statement. Use function name '%.*ls' without parameters instead."), // [K]
    row(336, 15, "Incorrect syntax near '%.*ls'. If this is intended to be a common table expression, you need to explicitly terminate the previous statement with a semi-colon."),
    row(339, 16, "DEFAULT or NULL are not allowed as explicit identity values."), // [K]
    row(343, 15, "Unknown object type '%.*ls' used in a CREATE, DROP, or ALTER statement."), // [K]
    row(349, 16, "The procedure \"%.*ls\" has no parameter named \"%.*ls\"."),
    row(402, 16, "The data types %s and %s are incompatible in the %s operator."),
    row(403, 16, "Invalid operator for data type. Operator equals %ls, type equals %ls."),
    row(408, 16, "A constant expression was encountered in the ORDER BY list, position %i."), // [K]
    row(416, 16, "The service queue \"%.*ls\" cannot be directly updated."),
    row(421, 16, "The %ls data type cannot be selected as DISTINCT because it is not comparable."), // [K]
    row(425, 16, "Data type %ls of receiving variable is not equal to the data type %ls of column '%.*ls'."), // [K]
    row(426, 16, "The length %d of the receiving variable is less than the length %d of the column '%.*ls'."), // [K]
    row(443, 16, "Invalid use of a side-effecting operator '%s' within a function."),
    row(444, 16, "Select statements included within a function cannot return data to a client."),
    row(446, 16, "Cannot resolve collation conflict for %ls operation."), // [K]
    row(447, 16, "Expression type %ls is invalid for COLLATE clause."), // [K]
    row(448, 16, "Invalid collation '%.*ls'."),
    row(449, 16, "Collation conflict caused by collate clauses with different collation '%.*ls' and '%.*ls'."), // [K]
    row(455, 16, "The last statement included within a function must be a return statement."),
    row(460, 16, "DISTINCT operator is not allowed in the recursive part of a recursive common table expression '%.*ls'."), // [K]
    row(467, 16, "GROUP BY, HAVING, or aggregate functions are not allowed in the recursive part of a recursive common table expression '%.*ls'."), // [K]
    row(468, 16, "Cannot resolve the collation conflict between \"%.*ls\" and \"%.*ls\" in the %ls operation."),
    row(483, 16, "The OUTPUT clause cannot be used in an INSERT...EXEC statement."),
    row(493, 16, "The column '%.*ls' that was returned from the nodes() method cannot be used directly. It can only be used with one of the four XML data type methods, exist(), nodes(), query(), and value(), or in IS NULL and IS NOT NULL checks."),
    row(506, 16, "The invalid escape character \"%.*ls\" was specified in a %ls predicate."), // [K]
    row(507, 16, "Invalid argument for SET ROWCOUNT. Must be a non-null non-negative integer."),
    row(511, 16, "Cannot create a row of size %d which is greater than the allowable maximum row size of %d."),
    row(512, 16, "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression."),
    row(515, 16, "Cannot insert the value NULL into column '%.*ls', table '%.*ls'; column does not allow nulls. %ls fails."),
    row(517, 16, "Adding a value to a '%ls' column caused an overflow."),
    row(522, 16, "The WAITFOR thread was evicted."),
    row(529, 16, "Explicit conversion from data type %ls to %ls is not allowed."),
    row(530, 16, "The statement terminated. The maximum recursion %d has been exhausted before statement completion."),
    row(535, 16, "The %.*ls function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use %.*ls with a less precise datepart."),
    row(536, 16, "Invalid length parameter passed to the %ls function."), // [K]
    row(537, 16, "Invalid length parameter passed to the LEFT or SUBSTRING function."),
    row(542, 16, "An invalid datetime value was encountered. Value exceeds year 9999."), // [K]
    row(544, 16, "Cannot insert explicit value for identity column in table '%.*ls' when IDENTITY_INSERT is set to OFF."),
    row(545, 16, "Explicit value must be specified for identity column in table '%.*ls' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column."), // [K]
    row(547, 16, "The %ls statement conflicted with the %ls constraint \"%.*ls\". The conflict occurred in database \"%.*ls\", table \"%.*ls\"%ls%.*ls%ls."),
    row(556, 16, "INSERT EXEC failed because the stored procedure altered the schema of the target table."), // [K]
    row(557, 16, "Only functions and some extended stored procedures can be executed from within a function."),
    row(574, 16, "%ls statement cannot be used inside a user transaction."), // [K]
    row(628, 16, "Cannot issue SAVE TRANSACTION when there is no active transaction."), // [K]
    logged(701, 17, "There is insufficient system memory in resource pool '%ls' to run this query."), // [K]
    row(911, 16, "Database '%.*ls' does not exist. Make sure that the name is entered correctly."),
    row(916, 14, "The server principal \"%.*ls\" is not able to access the database \"%.*ls\" under the current security context."),
    row(921, 14, "Database '%.*ls' has not been recovered yet. Wait and try again."), // [K]
    row(922, 14, "Database '%.*ls' is being recovered. Waiting until recovery is finished."),
    row(924, 14, "Database '%.*ls' is already open and can only have one user at a time."),
    row(927, 14, "Database '%.*ls' cannot be opened. It is in the middle of a restore."), // [K]
    row(942, 14, "Database '%.*ls' cannot be opened because it is offline."),
    row(952, 16, "Database '%.*ls' is in transition. Try the statement later."),
    row(1001, 15, "Line %d: Length or precision specification %d is invalid."), // [K]
    row(1002, 15, "Line %d: Specified scale %d is invalid."), // [K]
    row(1007, 15, "The %S_MSG '%.*ls' is out of the range for numeric representation (maximum precision 38)."),
    row(1008, 16, "The SELECT item identified by the ORDER BY number %d contains a variable as part of the expression identifying a column position. Variables are only allowed when ordering by an expression referencing a column name."), // [K]
    row(1011, 15, "The correlation name '%.*ls' is specified multiple times in a FROM clause."),
    row(1012, 16, "The correlation name '%.*ls' has the same exposed name as table '%.*ls'."), // [K]
    row(1013, 15, "The objects \"%.*ls\" and \"%.*ls\" in the FROM clause have the same exposed names. Use correlation names to distinguish them."),
    row(1014, 15, "A TOP or FETCH clause contains an invalid value."), // [K]
    row(1015, 15, "An aggregate cannot appear in an ON clause unless it is in a subquery contained in a HAVING clause or select list, and the column being aggregated is an outer reference."), // [K]
    row(1018, 15, "Incorrect syntax near '%.*ls'. If this is intended as a part of a table hint, A WITH keyword and parenthesis are now required. See SQL Server Books Online for proper syntax."), // [K]
    row(1023, 15, "Invalid parameter %d specified for %ls."),
    row(1026, 16, "GOTO cannot be used to jump into a TRY or CATCH scope."),
    row(1031, 15, "Percent values must be between 0 and 100."), // [K]
    row(1033, 16, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified."),
    row(1035, 15, "Incorrect syntax near '%.*ls', expected '%.*ls'."),
    row(1038, 15, "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not allowed. Change the alias to a valid name."),
    row(1039, 16, "Option '%.*ls' is specified more than once."),
    row(1046, 15, "Subqueries are not allowed in this context. Only scalar expressions are allowed."),
    row(1047, 15, "Conflicting locking hints specified."), // [K]
    row(1048, 15, "Conflicting cursor options %ls and %ls."), // [K]
    row(1049, 15, "Mixing old and new syntax to specify cursor options is not allowed."), // [K]
    row(1050, 15, "This syntax is only allowed for parameterized queries."), // [K]
    row(1052, 15, "Conflicting %ls options \"%ls\" and \"%ls\"."), // [K]
    row(1060, 15, "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer."), // [K]
    row(1062, 16, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause."), // [K]
    row(1065, 15, "The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of INSERT, UPDATE, DELETE or MERGE statements."), // [K]
    row(1075, 15, "RETURN statements in scalar valued functions must include an argument."), // [K]
    row(1077, 16, "INSERT into an identity column not allowed on table variables."), // [K]
    row(1078, 15, "'%.*ls %.*ls' is not a recognized option."),
    row(1082, 15, "\"%.*ls\" does not support synchronous trigger registration."),
    row(1084, 15, "'%.*ls' is an invalid event type."),
    row(1085, 15, "'%.*ls' event type does not support event notifications."),
    row(1087, 15, "Must declare the table variable \"%.*ls\"."),
    row(1088, 15, "Cannot find the object \"%.*ls\" because it does not exist or you do not have permissions."),
    row(1093, 16, "\"%.*ls\" is not a valid broker name."),
    row(1095, 15, "\"%.*ls\" has already been specified as an event type."),
    row(1098, 15, "The specified event type(s) is/are not valid on the specified target object."),
    row(1099, 15, "The ON clause is not valid for this statement."),
    logged(1105, 17, "Could not allocate space for object '%.*ls'%.*ls in database '%.*ls' because the '%.*ls' filegroup is full due to lack of storage space or database files reaching the maximum allowed size. Note that UNLIMITED files are still limited to 16TB. Create the necessary space by dropping objects in the filegroup, adding additional files to the filegroup, or setting autogrowth on for existing files in the filegroup."),
    row(1202, 16, "The database-principal '%.*ls' does not exist or user is not a member."),
    logged(1204, 19, "The instance of the SQL Server Database Engine cannot obtain a LOCK resource at this time. Rerun your statement when there are fewer active users. Ask the database administrator to check the lock and memory configuration for this instance, or to check for long-running transactions."), // [K]
    row(1205, 13, "Transaction (Process ID %d) was deadlocked on %.*ls resources with another process and has been chosen as the deadlock victim. Rerun the transaction."),
    row(1222, 16, "Lock request time out period exceeded."), // [K]
    row(1223, 16, "Cannot release the application lock (Database Principal: '%.*ls', Resource: '%.*ls') because it is not currently held."), // [K]
    row(1505, 16, "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '%.*ls' and the index name '%.*ls'. The duplicate key value is %ls."),
    row(1750, 10, "Could not create constraint or index. See previous errors."),
    row(1767, 16, "Foreign key '%.*ls' references invalid table '%.*ls'."),
    row(1769, 16, "Foreign key '%.*ls' references invalid column '%.*ls' in referencing table '%.*ls'."),
    row(1770, 16, "Foreign key '%.*ls' references invalid column '%.*ls' in referenced table '%.*ls'."),
    row(1773, 16, "Foreign key '%.*ls' has implicit reference to object '%.*ls' which does not have a primary key defined on it."), // [K]
    row(1776, 16, "There are no primary or candidate keys in the referenced table '%.*ls' that match the referencing column list in the foreign key '%.*ls'."),
    row(1778, 16, "Column '%.*ls.%.*ls' is not the same data type as referencing column '%.*ls.%.*ls' in foreign key '%.*ls'."), // [K]
    row(1779, 16, "Table '%.*ls' already has a primary key defined on it."),
    row(1781, 16, "Column already has a DEFAULT bound to it."), // [K]
    row(1801, 16, "Database '%.*ls' already exists. Choose a different database name."),
    row(1802, 16, "CREATE DATABASE failed. Some file names listed could not be created. Check related errors."),
    row(1803, 17, "The CREATE DATABASE statement failed. The primary file must be at least %d MB to accommodate a copy of the model database."), // [K]
    row(1807, 17, "Could not obtain exclusive lock on database '%.*ls'. Retry the operation later."),
    row(1812, 16, "CREATE DATABASE failed. COLLATE clause cannot be used with the FOR ATTACH option."), // [K]
    row(1835, 16, "Unable to create/attach any new database because the number of existing databases has reached the maximum number allowed: %d."),
    row(1911, 16, "Column name '%.*ls' does not exist in the target table or view."), // [K]
    row(1913, 16, "The operation failed because an index or statistics with name '%.*ls' already exists on %S_MSG '%.*ls'."), // [K]
    row(1919, 16, "Column '%.*ls' in table '%.*ls' is of a type that is invalid for use as a key column in an index."), // [K]
];
