//! 14262–15626. Principals, permissions, keys, certificates.

use super::{Message, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(14262, 16, "The specified %s ('%s') does not exist."), // [K]
    row(15001, 16, "Object '%ls' does not exist or is not a valid object for this operation."), // [K]
    row(15002, 16, "The procedure '%s' cannot be executed within a transaction."), // [K]
    row(15003, 16, "Only members of the %s role can execute this stored procedure."), // [K]
    row(15004, 16, "Name cannot be NULL."), // [K]
    row(15006, 16, "'%s' is not a valid name because it contains invalid characters."), // [K]
    row(15007, 16, "'%s' is not a valid login or you do not have permission."),
    row(15008, 16, "User '%s' does not exist in the current database."),
    row(15009, 16, "The object '%s' does not exist in database '%s' or is invalid for this operation."), // [K]
    row(15010, 16, "The database '%s' does not exist. Supply a valid database name. To see available databases, use sys.databases."), // [K]
    row(15011, 16, "Database option '%s' does not exist."), // [K]
    row(15014, 16, "The role '%s' does not exist in the current database."), // [K]
    row(15021, 16, "Invalid value given for parameter %s. Specify a valid parameter value."), // [K]
    row(15023, 16, "User, group, or role '%s' already exists in the current database."),
    row(15025, 16, "The server principal '%s' already exists."),
    row(15032, 16, "The database '%s' already exists. Specify a unique database name."), // [K]
    row(15033, 16, "'%s' is not a valid official language name."), // [K]
    row(15062, 16, "The guest user cannot be mapped to a login name."),
    row(15063, 16, "The login already has an account under a different user name."),
    row(15099, 16, "The MUST_CHANGE option cannot be used when CHECK_EXPIRATION is OFF."),
    row(15110, 16, "The proposed new database owner is already a user or aliased in the database."), // [K]
    row(15113, 16, "Too many failed login attempts. This account has been temporarily locked as a precaution against password guessing. A system administrator can unlock this login with the UNLOCK clause of ALTER LOGIN."),
    row(15114, 16, "Password validation failed. The password for the user is too recent to change."),
    row(15115, 16, "Password validation failed. The password cannot be used at this time."),
    row(15116, 16, "Password validation failed. The password does not meet the operating system policy requirements because it is too short."),
    row(15117, 16, "Password validation failed. The password does not meet the operating system policy requirements because it is too long."), // [K]
    row(15118, 16, "Password validation failed. The password does not meet the operating system policy requirements because it is not complex enough."),
    row(15119, 16, "Password validation failed. The password does not meet the requirements of the password filter DLL."),
    row(15122, 16, "The CHECK_EXPIRATION option cannot be used when CHECK_POLICY is OFF."),
    row(15123, 16, "The configuration option '%s' does not exist, or it may be an advanced option."), // [K]
    row(15128, 16, "The CHECK_POLICY and CHECK_EXPIRATION options cannot be turned OFF when MUST_CHANGE is ON."),
    row(15129, 16, "'%d' is not a valid value for configuration option '%s'."), // [K]
    row(15136, 16, "The database principal is set as the execution context of one or more procedures, functions, or event notifications and cannot be dropped."),
    row(15138, 16, "The database principal owns a %S_MSG in the database, and cannot be dropped."),
    row(15141, 16, "The server principal owns one or more %S_MSG(s) and cannot be dropped."),
    row(15144, 16, "The role has members. It must be empty before it can be dropped."),
    row(15146, 16, "An encryption password must be provided to encrypt the private key of this %S_MSG."),
    row(15147, 16, "No decryption password should be provided because the private key of this %S_MSG is encrypted by a master key."),
    row(15149, 16, "Principal doesn't exist or doesn't have sufficient privileges."),
    row(15150, 16, "Cannot %S_MSG the %S_MSG '%.*ls'."),
    row(15151, 16, "Cannot %S_MSG the %S_MSG '%.*ls', because it does not exist or you do not have permission."),
    row(15154, 16, "The database principal owns an %S_MSG and cannot be dropped."),
    row(15155, 16, "The server principal owns a %S_MSG and cannot be dropped."),
    row(15156, 16, "The password that you specified is too long. The password should have no more than %d characters."),
    row(15157, 16, "Setuser failed because of one of the following reasons: the database principal '%.*ls' does not exist, its corresponding server principal does not have server access, this type of database principal cannot be impersonated, or you do not have permission."),
    row(15159, 16, "Maximum impersonation nesting level exceeded (limit %d).."),
    row(15165, 16, "Could not find object '%ls' or you do not have permission."),
    row(15171, 16, "Cannot use the parameter \"%s\" for a certificate or asymmetric key login."),
    row(15173, 16, "Server principal '%s' has granted one or more permission(s). Revoke the permission(s) before dropping the server principal."),
    row(15174, 16, "Login '%s' owns one or more database(s). Change the owner of the database(s) before dropping the login."),
    row(15175, 16, "Login '%s' is aliased or mapped to a user in one or more database(s). Drop the user or alias before dropping the login."),
    row(15183, 16, "The database principal owns objects in the database and cannot be dropped."),
    row(15184, 16, "The database principal owns data types in the database and cannot be dropped."),
    row(15186, 16, "The server principal is set as the execution context of a trigger or event notification and cannot be dropped."),
    row(15187, 10, "The %S_MSG cannot be dropped because it is used by one or more %S_MSG(s)."),
    row(15196, 16, "The current security context is non-revertible. The \"Revert\" statement failed."),
    row(15197, 16, "There is no text for object '%s'."), // [K]
    row(15199, 16, "The current security context cannot be reverted. Please switch to the original database where '%ls' was called and try it again."),
    row(15208, 16, "The certificate, asymmetric key, or private key file is not valid or does not exist; or you do not have permissions for it."),
    row(15209, 16, "An error occurred during encryption."),
    row(15212, 16, "Invalid certificate subject. The certificate subject must have between 1 and %d characters."),
    row(15213, 16, "Warning: The certificate you created has an invalid validity period; its expiration date precedes its start date."),
    row(15214, 16, "Warning: The certificate you created is expired."),
    row(15215, 16, "Warning: The certificate you created is not yet valid; its start date is in the future."),
    row(15225, 11, "No item by the name of '%s' could be found in the current database '%s', given that @itemtype was input as '%s'."), // [K]
    row(15232, 16, "A certificate with name '%s' already exists or this certificate already has been added to the database."),
    row(15240, 16, "Cannot write into file '%s'. Verify that you have write permissions, that the file path is valid, and that the file does not already exist."),
    row(15246, 16, "Cannot dump the private key of certificate '%s' because the private key cannot be found."),
    row(15247, 16, "User does not have permission to perform this action."),
    row(15248, 11, "Either the parameter @objname is ambiguous or the claimed @objtype (%s) is wrong."), // [K]
    row(15250, 16, "The database name component of the object qualifier must be the name of the current database."), // [K]
    row(15253, 11, "Syntax error parsing SQL identifier '%s'."), // [K]
    row(15259, 16, "The DEFAULT_SCHEMA clause cannot be used with principals mapped to certificates or asymmetric keys."),
    row(15274, 16, "Access to the remote server is denied because the current security context is not trusted."),
    row(15276, 16, "Cannot provision master key passwords for system databases."),
    row(15278, 16, "Login '%s' is already mapped to user '%s' in database '%s'."),
    row(15281, 10, "SQL Server blocked access to %S_MSG '%ls' of component '%.*ls' because this component is turned off as part of the security configuration for this server. A system administrator can enable the use of '%.*ls' by using sp_configure. For more information about enabling '%.*ls', search for '%.*ls' in SQL Server Books Online."),
    row(15282, 10, "A key with name '%.*ls' or user defined unique identifier already exists or you do not have permissions to create it."),
    row(15284, 16, "The database principal has granted or denied permissions to objects in the database and cannot be dropped."),
    row(15296, 16, "General cryptographic failure."),
    row(15297, 16, "The certificate, asymmetric key, or private key data is invalid."),
    row(15299, 16, "The signature of the public key is invalid."),
    row(15309, 16, "Cannot alter the trustworthy state of the model or tempdb databases."),
    row(15313, 10, "The key is not encrypted using the specified decryptor."),
    row(15315, 10, "The key '%.*ls' is not open. Please open the key before using it."),
    row(15317, 10, "The master key file does not exist or has invalid format."),
    row(15320, 16, "An error occurred while decrypting %S_MSG '%.*ls' that was encrypted by the old master key. The FORCE option can be used to ignore this error and continue the operation, but data that cannot be decrypted by the old master key will become unavailable."),
    row(15329, 16, "The current master key cannot be decrypted. If this is a database master key, you should attempt to open it in the session before performing this operation. The FORCE option can be used to ignore this error and continue the operation but the data encrypted by the old master key will be lost."),
    row(15332, 10, "The private key is already set for this file. To change it you should drop and re-create the certificate."),
    row(15334, 10, "The %S_MSG has a private key that is protected by a user defined password. That password needs to be provided to enable the use of the private key."),
    row(15335, 11, "Error: The new name '%s' is already in use as a %s name and would cause a duplicate that is not permitted."), // [K]
    row(15342, 10, "There is no private key provisioned for %S_MSG '%.*ls'."),
    row(15344, 16, "Ownership change for %S_MSG is not supported."),
    row(15345, 16, "An entity of type %S_MSG cannot be owned by a role, a group, or by principals mapped to certificates or asymmetric keys."),
    row(15346, 16, "Cannot change owner for an object that is owned by a parent object. Change the owner of the parent object instead."),
    row(15351, 10, "The CLR procedure/function/type being signed refers to an assembly that is not signed either by a strong name or an assembly."),
    row(15352, 16, "The %S_MSG cannot be dropped because one or more entities are either signed or encrypted using it."),
    row(15353, 16, "An entity of type %S_MSG cannot be owned by a role, a group, an approle, or by principals mapped to certificates or asymmetric keys."),
    row(15356, 16, "The current application role has been dropped. The current security context contains no valid database user context."),
    row(15357, 16, "The current security context was set by \"%ls\". It cannot be reverted by statement \"%ls\"."),
    row(15393, 16, "An error occurred while decrypting the password for linked login '%.*ls' that was encrypted by the old master key. The FORCE option can be used to ignore this error and continue the operation but the data encrypted by the old master key will be lost."),
    row(15397, 16, "The %S_MSG is not protected by a password. A decryption password cannot be used for this operation."),
    row(15401, 16, "Windows NT user or group '%s' not found. Check the name again."), // [K]
    row(15403, 16, "The server principal \"%.*ls\" does not exist, does not have server access, or you do not have permission."),
    row(15404, 16, "Could not obtain information about Windows NT group/user '%ls', error code %#lx."),
    row(15405, 11, "Cannot use the special principal '%s'."),
    row(15406, 16, "Cannot execute as the server principal because the principal \"%.*ls\" does not exist, this type of principal cannot be impersonated, or you do not have permission."),
    row(15407, 11, "'%s' is not a valid Windows NT name. Give the complete name: <domain\\username>."), // [K]
    row(15410, 11, "User or role '%s' does not exist in this database."),
    row(15411, 11, "Database principal or schema '%s' does not exist in this database."),
    row(15421, 16, "The database principal owns a database role and cannot be dropped."),
    row(15433, 16, "Supplied parameter sid is in use."), // [K]
    row(15434, 16, "Could not drop login '%s' as the user is currently logged in."),
    row(15448, 16, "Encryption by the machine key cannot be added to the service master key because the service master key cannot be decrypted or does not exist."),
    row(15451, 16, "Dropping an encryption from the service master key failed. No encryption by the machine key exists."),
    row(15455, 16, "Adding an encryption to the service master key failed. An encryption by the machine key already exists."),
    row(15457, 10, "Configuration option '%ls' changed from %ld to %ld. Run the RECONFIGURE statement to install."), // [K]
    row(15464, 16, "Unsupported private key format or key length."),
    row(15465, 16, "The private key password is invalid."),
    row(15466, 16, "An error occurred during decryption."),
    row(15468, 16, "An error occurred during the generation of the %S_MSG."),
    row(15474, 16, "Invalid private key. The private key does not match the public key of the %S_MSG."),
    row(15477, 10, "Caution: Changing any part of an object name could break scripts and stored procedures."), // [K]
    row(15506, 16, "An error occurred while signing."),
    row(15507, 16, "A key required by this operation appears to be corrupted."),
    row(15508, 16, "An error occurred while generating a key required by this operation."),
    row(15509, 16, "The password cannot be dropped because another database may be using it."),
    row(15517, 16, "Cannot execute as the database principal because the principal \"%.*ls\" does not exist, this type of principal cannot be impersonated, or you do not have permission."),
    row(15530, 16, "The %S_MSG with name \"%.*ls\" already exists."),
    row(15537, 16, "Login '%.*ls' does not have access to server."),
    row(15538, 16, "Login '%.*ls' does not have access to database."),
    row(15542, 10, "Cannot create a key without specifying an encryptor."),
    row(15556, 10, "Cannot decrypt or encrypt using the specified %S_MSG, either because it has no private key or because the password provided for the private key is incorrect."),
    row(15557, 10, "There is already a %S_MSG by %S_MSG '%.*ls'."),
    row(15558, 10, "Cannot drop %S_MSG by %S_MSG '%.*s'."),
    row(15559, 10, "Cannot drop %S_MSG '%.*ls' because there is a %S_MSG mapped to it."),
    row(15560, 10, "Cannot add or drop a signature on '%.*ls' because only modules can be signed."),
    row(15561, 10, "Signatures based on certificates or asymmetric keys are the only options supported in this version of the product."),
    row(15562, 10, "The module being executed is not trusted. Either the owner of the database of the module needs to be granted authenticate permission, or the module needs to be digitally signed."),
    row(15563, 10, "The %S_MSG has no private key set for it."),
    row(15578, 16, "There is already a master key in the database. Please drop it before performing this statement."),
    row(15579, 16, "Adding an encryption to the symmetric key failed. An encryption by the same %S_MSG '%.*s' may already exist."),
    row(15580, 16, "Cannot drop %S_MSG because %S_MSG '%.*s' is encrypted by it."),
    row(15581, 16, "Please create a master key in the database or open the master key in the session before performing this operation."),
    row(15582, 16, "Cannot set aliases for certificate logins or asymmetric key logins."),
    row(15583, 10, "The module being signed is marked to execute as owner. If the owner changes the signature will not be valid."),
    row(15584, 10, "An error occurred while decrypting %S_MSG '%.*ls' that was encrypted by the old master key. The error was ignored because the FORCE option was specified."),
    row(15585, 10, "The current master key cannot be decrypted. The error was ignored because the FORCE option was specified."),
    row(15588, 10, "The old and new master keys are identical. No data re-encryption is required."),
    row(15589, 16, "Cannot revert the current security context because the cookie is invalid."),
    row(15590, 16, "Can only use the 'No Revert' or 'Cookie' options with the 'Execute As' statement at the adhoc level."),
    row(15591, 16, "The current security context cannot be reverted using this statement. A cookie may or may not be needed with 'Revert' statement depending on how the context was set with 'Execute As' statement."),
    row(15593, 16, "An error occurred while decrypting the password for linked login '%.*ls' that was encrypted by the old master key. The error was ignored because the FORCE option was specified."),
    row(15594, 16, "The password is already provisioned for the database '%.*ls'"),
    row(15595, 16, "The password cannot be dropped because it is not provisioned for the database '%.*ls'"),
    row(15600, 15, "An invalid parameter or option was specified for procedure '%s'."),
    row(15626, 10, "You attempted to acquire a transactional application lock without an active transaction."),
    row(16955, 16, "Could not create an acceptable cursor."), // [K]
];
