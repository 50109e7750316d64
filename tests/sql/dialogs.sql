-- A dialog within one database: send, receive, end.
CREATE DATABASE d;
GO
USE d;
GO
CREATE MESSAGE TYPE [//x/Request] VALIDATION = WELL_FORMED_XML
CREATE MESSAGE TYPE [//x/Reply] VALIDATION = NONE
CREATE CONTRACT [//x/Contract] ([//x/Request] SENT BY INITIATOR, [//x/Reply] SENT BY TARGET)
CREATE QUEUE InitiatorQueue
CREATE QUEUE TargetQueue
CREATE SERVICE [//x/Initiator] ON QUEUE InitiatorQueue
CREATE SERVICE [//x/Target] ON QUEUE TargetQueue ([//x/Contract])
GO
DECLARE @h uniqueidentifier;
BEGIN DIALOG CONVERSATION @h FROM SERVICE [//x/Initiator] TO SERVICE N'//x/Target' ON CONTRACT [//x/Contract] WITH ENCRYPTION = OFF
SEND ON CONVERSATION @h MESSAGE TYPE [//x/Request] (N'<order id="1"/>')
;SEND ON CONVERSATION @h MESSAGE TYPE [//x/Request] (N'<order id="2"/>');
SELECT @h AS handle;
GO
SELECT message_sequence_number, message_type_name, CAST(message_body AS nvarchar(max)) AS body FROM TargetQueue;
GO
DECLARE @h uniqueidentifier, @type sysname, @body xml;
RECEIVE TOP (1) @h = conversation_handle, @type = message_type_name, @body = message_body FROM TargetQueue;
PRINT @@ROWCOUNT;
SELECT @type AS type, @body AS body;
SEND ON CONVERSATION @h MESSAGE TYPE [//x/Reply] (N'first reply');
GO
DECLARE @got TABLE (handle uniqueidentifier, type sysname, body xml);
WAITFOR (RECEIVE conversation_handle, message_type_name, CAST(message_body AS xml) FROM TargetQueue INTO @got), TIMEOUT 1000;
PRINT @@ROWCOUNT;
SELECT type, body FROM @got;
DECLARE @h uniqueidentifier = (SELECT handle FROM @got);
END CONVERSATION @h;
GO
WAITFOR (RECEIVE message_type_name, CAST(message_body AS nvarchar(100)) AS body FROM InitiatorQueue), TIMEOUT 1000;
GO
WAITFOR (RECEIVE * FROM InitiatorQueue), TIMEOUT 500;
GO
RECEIVE status FROM InitiatorQueue;
DECLARE @h uniqueidentifier;
RECEIVE @h = conversation_handle, message_body FROM InitiatorQueue;
SEND ON CONVERSATION @h;
SEND ON CONVERSATION '00000000-0000-0000-0000-000000000001' (N'x');
END CONVERSATION @h WITH ERROR = 1 DESCRIPTION = N'x';
BEGIN DIALOG @h FROM SERVICE [//x/Missing] TO SERVICE N'x';
BEGIN DIALOG @h FROM SERVICE [//x/Initiator] TO SERVICE N'x' ON CONTRACT [//x/Missing];
RECEIVE * FROM MissingQueue;
GO
-- A rolled back RECEIVE loses nothing.
DECLARE @h uniqueidentifier;
BEGIN DIALOG @h FROM SERVICE [//x/Initiator] TO SERVICE N'//x/Target', 'CURRENT DATABASE' ON CONTRACT [//x/Contract] WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @h MESSAGE TYPE [//x/Request] (N'<again/>');
GO
BEGIN TRANSACTION;
RECEIVE CAST(message_body AS nvarchar(100)) AS body FROM TargetQueue;
ROLLBACK;
RECEIVE TOP (1) CAST(message_body AS nvarchar(100)) AS body FROM TargetQueue;
GO
DECLARE @group uniqueidentifier;
GET CONVERSATION GROUP @group FROM TargetQueue;
SELECT @group AS nobody;
ALTER QUEUE TargetQueue WITH STATUS = OFF;
RECEIVE * FROM TargetQueue;
PRINT 'goes on';
GO
