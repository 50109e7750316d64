-- One client's database: a table for the transactions, two services for the messages.
CREATE DATABASE [$(Database)];
GO
USE [$(Database)];
GO
CREATE TABLE dbo.Marks (mark int NOT NULL);
CREATE QUEUE dbo.SenderQueue;
CREATE QUEUE dbo.ReceiverQueue;
CREATE SERVICE Sender ON QUEUE dbo.SenderQueue;
CREATE SERVICE Receiver ON QUEUE dbo.ReceiverQueue ([DEFAULT]);
GO
