-- A first dialog: a customer orders, the shop answers. Run it with
--   duologue sql -P … -i docs/first-dialog.sql
CREATE DATABASE Shop;
GO
USE Shop;
GO
CREATE MESSAGE TYPE [//shop/Order] VALIDATION = WELL_FORMED_XML;
CREATE MESSAGE TYPE [//shop/Receipt] VALIDATION = WELL_FORMED_XML;
CREATE CONTRACT [//shop/Ordering] ([//shop/Order] SENT BY INITIATOR, [//shop/Receipt] SENT BY TARGET);
CREATE QUEUE CustomerQueue;
CREATE QUEUE OrderQueue;
CREATE SERVICE [//shop/Customer] ON QUEUE CustomerQueue;
CREATE SERVICE [//shop/Orders] ON QUEUE OrderQueue ([//shop/Ordering]);
GO
-- The customer opens a dialog and sends an order. Nobody needs to be there to take it.
DECLARE @dialog uniqueidentifier;
BEGIN DIALOG CONVERSATION @dialog
   FROM SERVICE [//shop/Customer]
   TO SERVICE '//shop/Orders'
   ON CONTRACT [//shop/Ordering]
   WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @dialog MESSAGE TYPE [//shop/Order] (N'<order item="tea"/>');
GO
-- The shop takes the order and answers, in one transaction: both happen or neither.
DECLARE @dialog uniqueidentifier, @order xml;
BEGIN TRANSACTION;
WAITFOR (
   RECEIVE TOP (1) @dialog = conversation_handle, @order = CAST(message_body AS xml) FROM OrderQueue
), TIMEOUT 5000;
SEND ON CONVERSATION @dialog MESSAGE TYPE [//shop/Receipt] (N'<receipt/>');
END CONVERSATION @dialog;
COMMIT TRANSACTION;
SELECT @order.value('(/order/@item)[1]', 'nvarchar(20)') AS ordered;
GO
-- The customer finds the receipt, and that the shop has ended the dialog.
WAITFOR (
   RECEIVE message_type_name, CAST(message_body AS nvarchar(50)) AS body FROM CustomerQueue
), TIMEOUT 5000;
GO
