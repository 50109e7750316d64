WAITFOR (RECEIVE TOP (@n) conversation_handle, message_type_name, CAST(message_body AS xml) AS body, queuing_order FROM [dbo].Orders INTO @rows WHERE conversation_group_id = @g), TIMEOUT 5000;
RECEIVE TOP (1) @h = conversation_handle, @b = message_body FROM q WHERE conversation_handle = @h
WAITFOR (GET CONVERSATION GROUP @g FROM q)
WAITFOR DELAY '00:00:05' WAITFOR TIME @t
