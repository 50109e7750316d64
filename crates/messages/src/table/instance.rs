//! 5001–7894. ALTER DATABASE, sessions, FOR XML, XML schema validation, endpoints.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(5001, 16, "User must be in the master database."), // [K]
    row(5008, 16, "This ALTER DATABASE statement is not supported. Correct the syntax and execute the statement again."),
    row(5011, 14, "User does not have permission to alter database '%.*ls', the database does not exist, or the database is not in a state that allows access checks."),
    row(5058, 16, "Option '%.*ls' cannot be set in database '%.*ls'."),
    row(5060, 10, "Nonqualified transactions are being rolled back. Estimated rollback completion: %d%%."),
    row(5061, 16, "ALTER DATABASE failed because a lock could not be placed on database '%.*ls'. Try again later."),
    row(5064, 16, "Changes to the state or options of database '%.*ls' cannot be made at this time. The database is in single-user mode, and a user is currently connected to it."),
    row(5069, 16, "ALTER DATABASE statement failed."),
    row(5070, 16, "Database state cannot be changed while other users are using the database '%.*ls'"),
    row(5074, 16, "The %S_MSG '%.*ls' is dependent on %S_MSG '%.*ls'."), // [K]
    row(5701, 10, "Changed database context to '%.*ls'."),
    row(5703, 10, "Changed language setting to %.*ls."),
    row(6005, 10, "SHUTDOWN is in progress."), // [K]
    row(6101, 16, "Session ID %d is not valid."), // [K]
    row(6102, 14, "User does not have permission to use the KILL statement."), // [K]
    row(6104, 16, "Cannot use KILL to kill your own process."), // [K]
    row(6106, 16, "Process ID %d is not an active process ID."), // [K]
    row(6107, 14, "Only user processes can be killed."), // [K]
    row(6115, 16, "KILL command cannot be used inside user transactions."), // [K]
    row(6335, 16, "XML datatype instance has too many levels of nested nodes. Maximum allowed depth is %d levels."), // [K]
    row(6354, 16, "Target string size is too small to represent the XML instance"), // [K]
    row(6359, 16, "Parsing XML with internal subset DTDs not allowed. Use CONVERT with style option 2 to enable limited internal subset DTD support."), // [K]
    row(6401, 16, "Cannot roll back %.*ls. No transaction or savepoint of that name was found."), // [K]
    row(6809, 16, "Unnamed tables cannot be used as XML identifiers as well as unnamed columns cannot be used for attribute names. Name unnamed columns/tables using AS in the SELECT statement."),
    row(6810, 16, "Column name '%.*ls' is repeated. The same attribute cannot be generated more than once on the same XML tag."),
    row(6819, 16, "The FOR XML clause is not allowed in a %ls statement."),
    row(6841, 16, "FOR XML could not serialize the data for node '%.*ls' because it contains a character (0x%04X) which is not allowed in XML. To retrieve this data using FOR XML, convert it to binary, varbinary or image data type and use the BINARY BASE64 directive."),
    row(6852, 16, "Attribute-centric column '%.*ls' must not come after a non-attribute-centric sibling in XML hierarchy in FOR XML PATH."),
    row(6864, 16, "Row tag omission (empty row tag name) cannot be used with attribute-centric FOR XML serialization."),
    row(6901, 16, "XML Validation: XML instance must be a document."),
    row(6904, 16, "XML Validation: Found duplicate attribute '%s'. %S_MSG %s"),
    row(6905, 16, "XML Validation: Attribute '%s' is not permitted in this context. %S_MSG %s"),
    row(6906, 16, "XML Validation: Required attribute '%s' is missing. %S_MSG %s"),
    row(6908, 10, "XML Validation: Invalid content. Expected element(s): %s. %S_MSG %s"),
    row(6909, 16, "XML Validation: Text node is not allowed at this location, the type was defined with element only content or with simple content. %S_MSG %s"),
    row(6912, 16, "XML Validation: Element '%s' found in text only content model. %S_MSG %s"),
    row(6913, 16, "XML Validation: Declaration not found for element '%s'. %S_MSG %s"),
    row(6917, 16, "XML Validation: Element '%ls' may not have xsi:nil=\"true\" because it was not defined as nillable or because it has a fixed value constraint. %S_MSG %ls"),
    row(6921, 16, "XML Validation: Element or attribute '%s' was defined as fixed, the element value has to be equal to value of 'fixed' attribute specified in definition. %S_MSG %s"),
    row(6923, 16, "XML Validation: Unexpected element(s): %s. %S_MSG %s"),
    row(6926, 16, "XML Validation: Invalid simple type value: '%s'. %S_MSG %s"),
    row(7202, 11, "Could not find server '%.*ls' in sys.servers. Verify that the correct server name was specified. If necessary, execute the stored procedure sp_addlinkedserver to add the server to sys.servers."), // [K]
    row(7801, 15, "The required parameter %.*ls was not specified."),
    row(7803, 15, "The clause %.*ls can not be used in the %.*ls statement."),
    row(7804, 15, "%.*ls and %.*ls can not share the same value."),
    row(7807, 16, "An error ('0x%x') occurred while attempting to register the endpoint '%.*ls'."),
    row(7809, 10, "Cannot find the object '%.*ls', because it does not exist or you do not have permission."),
    row(7810, 15, "The value '%d' is not within range for the '%.*ls' parameter."),
    row(7814, 10, "The specified value '%.*ls' already exists."),
    row(7815, 10, "The specified value '%.*ls' does not exist."),
    row(7816, 15, "A duplicate parameter was specified, '%.*ls'."),
    logged(7835, 16, "Endpoint '%.*ls' has been disabled because it is insecurely configured. For a more information, attempt to start the endpoint using the ALTER ENDPOINT statement."),
    row(7860, 15, "An endpoint's transport or content cannot be changed through the ALTER ENDPOINT statement. Use DROP ENDPOINT and execute the CREATE ENDPOINT statement to make these changes."),
    row(7861, 15, "\"%.*ls\" endpoints can only be of the \"FOR %.*ls\" type."),
    row(7862, 16, "An endpoint of the requested type already exists. Only one endpoint of this type is supported. Use ALTER ENDPOINT or DROP the existing endpoint and execute the CREATE ENDPOINT statement."),
    row(7863, 16, "The endpoint was not changed. The ALTER ENDPOINT statement did not contain any values to modify or update."),
    row(7864, 16, "CREATE/ALTER ENDPOINT cannot be used to update the endpoint with this information. The Dedicated Administrator Connection endpoint is reserved and cannot be updated."),
    row(7869, 16, "The endpoint name '%.*ls' is reserved for used by SQL. Endpoint names cannot begin with '%.*ls'."),
    row(7870, 16, "The AFFINITY clause is not supported for endpoints of this type."),
    row(7871, 16, "The clause \"%.*ls\" is not valid for this endpoint type."),
    row(7873, 16, "The endpoint \"%.*ls\" is a built-in endpoint and cannot be dropped. Use the protocol configuration utilities to ADD or DROP Transact-SQL endpoints."),
    row(7874, 16, "An endpoint already exists with the bindings specified. Only one endpoint supported for a specific binding. Use ALTER ENDPOINT or DROP the existing endpoint and execute the CREATE ENDPOINT statement."),
    row(7878, 16, "This \"%.*ls ENDPOINT\" statement is not supported on this edition of SQL Server."),
    row(7887, 20, "The IPv6 address specified is not supported. Only addresses that are in their numeric, canonical form are supported for listening."),
    row(7888, 20, "The IPv6 address specified is not supported. The server may not be configured to allow for IPv6 connectivity, or the address may not be in a recognized IPv6 format."),
    row(7890, 16, "An error occurred while attempting to register the endpoint '%.*ls'. One or more of the ports specified in the CREATE ENDPOINT statement may be bound to another process. Attempt the statement again with a different port or use netstat to find the application currently using the port and resolve the conflict."),
    row(7891, 10, "Creation of a TSQL endpoint will result in the revocation of any 'Public' connect permissions on the '%.*ls' endpoint. If 'Public' access is desired on this endpoint, reapply this permission using 'GRANT CONNECT ON ENDPOINT::[%.*ls] to [public]'."),
    logged(7894, 16, "Listening has not been started on the endpoint '%.*ls' found in metadata. Endpoint operations are disabled on this edition of SQL Server."),
];
