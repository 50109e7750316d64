-- What errors end, and how they are caught.
BEGIN TRY
   SELECT 1 / 0 AS impossible;
   PRINT 'not reached';
END TRY
BEGIN CATCH
   SELECT ERROR_NUMBER() AS number, ERROR_SEVERITY() AS severity, ERROR_STATE() AS state, ERROR_LINE() AS line,
          ERROR_PROCEDURE() AS [procedure], ERROR_MESSAGE() AS message;
END CATCH
SELECT ERROR_NUMBER() AS outside;
GO
RAISERROR ('info %s %d', 10, 1, 'x', 5);
RAISERROR (N'error %i of %5.2s|', 16, 3, 7, N'abc');
PRINT 'goes on';
PRINT @@ERROR;
GO
BEGIN TRY
   RAISERROR ('raised', 11, 2);
   PRINT 'not reached';
END TRY
BEGIN CATCH
   PRINT ERROR_MESSAGE();
   BEGIN TRY
      THROW 50001, 'inner', 4;
   END TRY
   BEGIN CATCH
      PRINT ERROR_MESSAGE();
   END CATCH
   PRINT ERROR_MESSAGE();
   THROW;
END CATCH
PRINT 'not reached';
GO
THROW 50000, 'outside of TRY', 1;
PRINT 'not reached';
GO
THROW;
GO
THROW 10, 'too low', 1;
GO
RAISERROR ('%d', 16, 1, 'text');
RAISERROR ('%q', 16, 1);
RAISERROR ('fatal', 20, 1);
RAISERROR (99999999, 16, 1);
GO
-- A statement that does not compile ends the batch and is not seen by its own CATCH block.
BEGIN TRY
   SELECT * FROM missing;
END TRY
BEGIN CATCH
   PRINT 'not reached';
END CATCH
PRINT 'not reached';
GO
BEGIN TRY
   EXEC ('SELECT * FROM missing');
END TRY
BEGIN CATCH
   PRINT ERROR_MESSAGE();
END CATCH
EXEC ('SELEC');
PRINT 'goes on';
EXEC ('SELECT * FROM missing; PRINT ''not reached''');
PRINT 'goes on';
GO
-- A value that does not convert ends the batch and the transaction.
BEGIN TRANSACTION;
SELECT CAST('x' AS int);
PRINT 'not reached';
GO
PRINT @@TRANCOUNT;
GO
BEGIN TRANSACTION;
BEGIN TRY
   SELECT CAST('x' AS int);
END TRY
BEGIN CATCH
   PRINT XACT_STATE();
   PRINT @@TRANCOUNT;
   BEGIN TRY
      COMMIT;
   END TRY
   BEGIN CATCH
      PRINT ERROR_MESSAGE();
   END CATCH
END CATCH
GO
PRINT @@TRANCOUNT;
GO
