SELECT 'open
 FROM ) ( [never ends
