use super::check;
use super::fixture::Fixture;

#[test]
fn rows_are_filtered_sorted_and_cut() {
    check(
        &Fixture::new(),
        &[
            ("SELECT id, note FROM Orders WHERE amount > 5 ORDER BY id DESC", "3|FIRST; 1|first"),
            ("SELECT * FROM Customers", "1|Ann; 2|Bob; 3|Cid"),
            ("SELECT c.*, 1 FROM Customers AS c WHERE c.name LIKE 'b%'", "2|Bob|1"),
            ("SELECT TOP (2) id FROM Orders ORDER BY amount DESC", "3; 1"),
            ("SELECT TOP (50) PERCENT id FROM Orders ORDER BY id", "1; 2"),
            ("SELECT TOP (1) WITH TIES note FROM Orders WHERE note LIKE 'f%' ORDER BY note", "first; FIRST"),
            ("SELECT id FROM Orders ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", "2; 3"),
            ("SELECT TOP (@i) id AS number FROM Orders ORDER BY number DESC", "4; 3; 2; 1"),
            ("SELECT id, -amount AS m FROM Orders ORDER BY 2, 1", "3|-19.99; 1|-10.00; 2|-2.50; 4|.00"),
            ("SELECT note FROM Orders ORDER BY note, id", "NULL; first; FIRST; gift"),
            ("SELECT DISTINCT note FROM Orders ORDER BY note DESC", "gift; first; NULL"),
            ("SELECT dbo.Orders.id FROM dbo.Orders WHERE Orders.id = 1", "1"),
            ("SELECT id FROM Shop.dbo.Orders WITH (NOLOCK) WHERE id = 2", "2"),
            ("SELECT k, v FROM @t WHERE v > 10", "2|20"),
            ("SELECT a, b FROM (VALUES (1, 'x'), (2, NULL)) AS t(a, b)", "1|x; 2|NULL"),
            ("SELECT 5 WHERE 1 = 2", ""),
        ],
    );
}

#[test]
fn joins() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT o.id, c.name FROM Orders o JOIN Customers c ON c.id = o.customer ORDER BY o.id",
                "1|Ann; 2|Bob; 3|Ann",
            ),
            (
                "SELECT o.id, c.name FROM Orders o LEFT JOIN Customers c ON c.id = o.customer ORDER BY o.id",
                "1|Ann; 2|Bob; 3|Ann; 4|NULL",
            ),
            (
                "SELECT o.id, c.name FROM Orders o RIGHT JOIN Customers c ON c.id = o.customer AND o.id > 1 ORDER BY c.name",
                "3|Ann; 2|Bob; NULL|Cid",
            ),
            (
                "SELECT o.id, c.name FROM Orders o FULL JOIN Customers c ON c.id = o.customer ORDER BY o.id, c.name",
                "NULL|Cid; 1|Ann; 2|Bob; 3|Ann; 4|NULL",
            ),
            ("SELECT COUNT(*) FROM Orders CROSS JOIN Customers", "12"),
            ("SELECT COUNT(*) FROM Orders, Customers c WHERE c.id = 1", "4"),
            (
                "SELECT o.id, t.v FROM Orders o JOIN @t t ON t.k < o.id ORDER BY o.id, t.v",
                "2|10; 3|10; 3|20; 4|10; 4|20",
            ),
            (
                "SELECT a.id FROM Orders a JOIN (Orders b JOIN Customers c ON c.id = b.customer) ON b.id = a.id WHERE c.name = 'Bob'",
                "2",
            ),
            (
                "SELECT c.name, x.n FROM Customers c CROSS APPLY (SELECT COUNT(*) AS n FROM Orders o WHERE o.customer = c.id) x",
                "Ann|2; Bob|1; Cid|0",
            ),
            (
                "SELECT c.name, x.id FROM Customers c OUTER APPLY (SELECT TOP 1 id FROM Orders o WHERE o.customer = c.id ORDER BY id DESC) x",
                "Ann|3; Bob|2; Cid|NULL",
            ),
        ],
    );
}

#[test]
fn groups() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT COUNT(*), COUNT(note), COUNT(DISTINCT note), SUM(amount), MIN(amount), MAX(note) FROM Orders",
                "4|3|2|32.49|.00|gift",
            ),
            ("SELECT COUNT(*), SUM(id), MAX(id) FROM Orders WHERE id > 99", "0|NULL|NULL"),
            ("SELECT AVG(id), AVG(amount), AVG(CAST(id AS float)) FROM Orders", "2|8.122500|2.5"),
            (
                "SELECT customer, COUNT(*) AS n FROM Orders GROUP BY customer ORDER BY n DESC, customer",
                "1|2; NULL|1; 2|1",
            ),
            (
                "SELECT customer + 1, SUM(amount) FROM Orders WHERE customer IS NOT NULL GROUP BY customer HAVING SUM(amount) > 5",
                "2|29.99",
            ),
            ("SELECT id % 2, COUNT_BIG(*) FROM Orders GROUP BY id % 2 ORDER BY id % 2", "0|2; 1|2"),
            (
                "SELECT c.name, COUNT(o.id) FROM Customers c LEFT JOIN Orders o ON o.customer = c.id GROUP BY c.id, c.name ORDER BY c.name",
                "Ann|2; Bob|1; Cid|0",
            ),
            (
                "SELECT UPPER(note), COUNT(*) FROM Orders WHERE note IS NOT NULL GROUP BY note",
                "FIRST|2; GIFT|1",
            ),
            (
                "SELECT (SELECT name FROM Customers c WHERE c.id = o.customer), COUNT(*) FROM Orders o WHERE customer > 0 GROUP BY customer",
                "Ann|2; Bob|1",
            ),
            ("SELECT 1 FROM Orders HAVING COUNT(*) > 3", "1"),
            ("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM Orders GROUP BY customer) x", "2"),
        ],
    );
}

#[test]
fn subqueries_and_common_tables() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT name, (SELECT MAX(id) FROM Orders o WHERE o.customer = c.id) FROM Customers c",
                "Ann|3; Bob|2; Cid|NULL",
            ),
            (
                "SELECT name FROM Customers c WHERE EXISTS (SELECT 1 FROM Orders WHERE customer = c.id)",
                "Ann; Bob",
            ),
            (
                "SELECT name FROM Customers WHERE id NOT IN (SELECT customer FROM Orders WHERE customer IS NOT NULL)",
                "Cid",
            ),
            ("SELECT name FROM Customers WHERE id NOT IN (SELECT customer FROM Orders)", ""),
            (
                "SELECT name FROM Customers c WHERE 2 <= (SELECT COUNT(*) FROM (SELECT id FROM Orders WHERE customer = c.id) d)",
                "Ann",
            ),
            (
                "SELECT (SELECT id FROM Orders)",
                "512 Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
            ),
            (
                "WITH big AS (SELECT id, amount FROM Orders WHERE amount > 5), two(x) AS (SELECT id FROM big) SELECT x FROM two ORDER BY x",
                "1; 3",
            ),
            ("SELECT x.n + 1 FROM (SELECT 1 AS n) x", "2"),
            (
                "SELECT c.name FROM Customers c WHERE c.id = ALL (SELECT customer FROM Orders WHERE id IN (1, 3))",
                "Ann",
            ),
        ],
    );
}

#[test]
fn set_operations() {
    check(
        &Fixture::new(),
        &[
            ("SELECT 1 UNION SELECT 2 UNION SELECT 1 ORDER BY 1 DESC", "2; 1"),
            ("SELECT 1 UNION ALL SELECT 1", "1; 1"),
            ("SELECT id FROM Customers EXCEPT SELECT customer FROM Orders", "3"),
            ("SELECT customer FROM Orders INTERSECT SELECT id FROM Customers ORDER BY customer", "1; 2"),
            ("SELECT 1 UNION ALL SELECT 2.5", "1.0; 2.5"),
            ("SELECT 'a' AS x UNION SELECT NULL ORDER BY x", "NULL; a"),
            ("SELECT 1 EXCEPT SELECT 2 UNION SELECT 3 INTERSECT SELECT 3", "1; 3"),
        ],
    );
}

#[test]
fn windows() {
    check(
        &Fixture::new(),
        &[
            ("SELECT ROW_NUMBER() OVER (ORDER BY amount DESC), id FROM Orders", "1|3; 2|1; 3|2; 4|4"),
            (
                "SELECT id, RANK() OVER (ORDER BY customer), DENSE_RANK() OVER (ORDER BY customer) FROM Orders ORDER BY id",
                "1|2|2; 2|4|3; 3|2|2; 4|1|1",
            ),
            (
                "SELECT id, COUNT(*) OVER (PARTITION BY customer) FROM Orders ORDER BY id",
                "1|2; 2|1; 3|2; 4|1",
            ),
            ("SELECT id, SUM(id) OVER (ORDER BY id) FROM Orders ORDER BY id", "1|1; 2|3; 3|6; 4|10"),
            ("SELECT id, NTILE(3) OVER (ORDER BY id) FROM Orders", "1|1; 2|1; 3|2; 4|3"),
            (
                "SELECT n FROM (SELECT id AS n, ROW_NUMBER() OVER (ORDER BY id) AS r FROM Orders) x WHERE r = 2",
                "2",
            ),
            (
                "SELECT customer, ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC) FROM Orders WHERE customer > 0 GROUP BY customer",
                "1|1; 2|2",
            ),
        ],
    );
}

#[test]
fn assignments() {
    check(
        &Fixture::new(),
        &[
            ("SELECT @i = 5, @s = 'x'", "@i=5; @s=x"),
            ("SELECT @i = id FROM Orders ORDER BY id", "@i=4"),
            ("SELECT @i = id FROM Orders WHERE 1 = 2", ""),
            ("SELECT @s = COALESCE(@s + ',', '') + name FROM Customers ORDER BY name", "@s=text,Ann,Bob,Cid"),
            ("SELECT @i += id FROM Orders", "@i=17"),
            ("SELECT @i = COUNT(*) FROM Orders", "@i=4"),
            ("SELECT @x = message_body FROM OrderQueue WHERE queuing_order = 1", "@x=<order id=\"6\"/>"),
            ("SELECT TOP 1 @i = id FROM Orders ORDER BY id DESC", "@i=4"),
        ],
    );
}

#[test]
fn queues_and_transmission() {
    check(
        &Fixture::new(),
        &[
            ("SELECT COUNT(*) FROM OrderQueue", "2"),
            (
                "SELECT status, priority, queuing_order, message_sequence_number, service_name, service_contract_name, message_type_name, validation, CAST(message_body AS xml).value('(/order/@id)[1]', 'int') FROM dbo.[OrderQueue]",
                "1|5|0|0|//shop/Orders|DEFAULT|DEFAULT|N |5; 1|5|1|1|//shop/Orders|DEFAULT|DEFAULT|N |6",
            ),
            (
                "SELECT state, state_desc, is_initiator, far_service, dialog_timer FROM sys.conversation_endpoints",
                "CO|CONVERSING|0|//far|1900-01-01 00:00:00.000",
            ),
            (
                "SELECT to_service_name, from_service_name, service_contract_name, transmission_status FROM sys.transmission_queue",
                "//far|//shop/Orders|DEFAULT|no route",
            ),
            (
                "SELECT COUNT(*) FROM sys.conversation_endpoints e JOIN sys.services s ON s.service_id = e.service_id WHERE s.name = '//shop/orders'",
                "0",
            ),
            ("SELECT COUNT(*) FROM sys.services WHERE name = '//shop/Orders'", "1"),
        ],
    );
}

#[test]
fn for_xml() {
    check(
        &Fixture::new(),
        &[
            ("SELECT ',' + name FROM Customers FOR XML PATH('')", ",Ann,Bob,Cid"),
            ("SELECT STUFF((SELECT ',' + name FROM Customers FOR XML PATH('')), 1, 1, '')", "Ann,Bob,Cid"),
            (
                "SELECT id, name FROM Customers WHERE id < 3 FOR XML RAW",
                "<row id=\"1\" name=\"Ann\"/><row id=\"2\" name=\"Bob\"/>",
            ),
            (
                "SELECT id, name FROM Customers WHERE id = 1 FOR XML AUTO, ROOT('all')",
                "<all><Customers id=\"1\" name=\"Ann\"/></all>",
            ),
            (
                "SELECT id, name FROM Customers c WHERE id = 1 FOR XML RAW('c'), ELEMENTS",
                "<c><id>1</id><name>Ann</name></c>",
            ),
            (
                "SELECT id AS '@id', name AS 'who/name', 5 AS 'who/@n' FROM Customers WHERE id = 1 FOR XML PATH('c')",
                "6852 Attribute-centric column '@n' must not come after a non-attribute-centric sibling in XML hierarchy in FOR XML PATH.",
            ),
            (
                "SELECT id AS '@id', 5 AS 'who/@n', name AS 'who/name', note AS none, '<&' AS t FROM Customers CROSS JOIN (SELECT CAST(NULL AS int) note) x WHERE id = 1 FOR XML PATH('c')",
                "<c id=\"1\"><who n=\"5\"><name>Ann</name></who><t>&lt;&amp;</t></c>",
            ),
            (
                "SELECT 1 AS a, NULL AS b FOR XML PATH('r'), ELEMENTS XSINIL",
                "<r xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><a>1</a><b xsi:nil=\"true\"/></r>",
            ),
            (
                "SELECT (SELECT id FROM Customers WHERE id < 3 FOR XML PATH('i'), TYPE) FOR XML PATH('o')",
                "<o><i><id>1</id></i><i><id>2</id></i></o>",
            ),
            (
                "SELECT 0x4D616E AS b, @d AS d FOR XML PATH",
                "<row><b>TWFu</b><d>2024-02-29T13:45:06.790</d></row>",
            ),
            (
                "SELECT 1 FOR XML RAW",
                "6809 Unnamed tables cannot be used as XML identifiers as well as unnamed columns cannot be used for attribute names. Name unnamed columns/tables using AS in the SELECT statement.",
            ),
            ("SELECT name FROM Customers WHERE id > 9 FOR XML PATH", ""),
        ],
    );
}
