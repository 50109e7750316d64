//! Expressions, queries, data statements, control flow.

use expect_test::{Expect, expect};

use crate::compact::outline;

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&outline(text));
}

#[test]
fn constants() {
    check("SELECT 1, 3000000000, 1.50, .5, 1e3, $1.5, 'it''s', N'x', 0xA, 0x, NULL, -1", expect![[r#"
        1: Select(Select([1, Decimal(Decimal { mantissa: 3000000000, scale: 0 }), Decimal(Decimal { mantissa: 150, scale: 2 }), Decimal(Decimal { mantissa: 5, scale: 1 }), Float(1000.0), Money(15000), VarChar("it's"), NVarChar("x"), VarBinary(b"\n"), VarBinary(b""), Null, Unary { operator: Minus, operand: 1 }]))
    "#]]);
    check("PRINT 'a\\\nb'", expect![[r#"
        1: Print(VarChar("ab"))
    "#]]);
}

#[test]
fn expressions() {
    check("SELECT 1 + 2 * 3 - -@x % 2, ~a & b | c ^ d", expect![[r#"
        1: Select(Select([Binary { operator: Subtract, left: Binary { operator: Add, left: 1, right: Binary { operator: Multiply, left: 2, right: 3 } }, right: Binary { operator: Modulo, left: Unary { operator: Minus, operand: @x }, right: 2 } }, Binary { operator: BitXor, left: Binary { operator: BitOr, left: Binary { operator: BitAnd, left: Unary { operator: BitNot, operand: a }, right: b }, right: c }, right: d }]))
    "#]]);
    check("SELECT (1 + 2) * 3", expect![[r#"
        1: Select(Select([Binary { operator: Multiply, left: Binary { operator: Add, left: 1, right: 2 }, right: 3 }]))
    "#]]);
    check("SELECT CASE x WHEN 1 THEN 'a' ELSE 'b' END, CASE WHEN x > 1 AND y IS NULL THEN 1 END", expect![[r#"
        1: Select(Select([SimpleCase { operand: x, branches: [(1, VarChar("a"))], otherwise: VarChar("b") }, SearchedCase { branches: [(And([Comparison { operator: Greater, left: x, right: 1 }, IsNull { operand: y }]), 1)] }]))
    "#]]);
    check(
        "SELECT CAST(a AS nvarchar), CONVERT(varchar(10), b, 112), TRY_CAST(c AS int), IIF(a = 1, 2, 3)",
        expect![[r#"
            1: Select(Select([Cast { operand: a, data_type: NVarChar(30) }, Convert { data_type: VarChar(10), operand: b, style: 112 }, Cast { operand: c, data_type: Int, is_try: true }, Iif { condition: Comparison { operator: Equal, left: a, right: 1 }, then: 2, otherwise: 3 }]))
        "#]],
    );
    check("SELECT @x.value('(/a)[1]', 'int'), b.query('/a').value('.', 'int'), t.c.exist('/x')", expect![[r#"
        1: Select(Select([Method { target: @x, method: value, arguments: [VarChar("(/a)[1]"), VarChar("int")] }, Method { target: Method { target: b, method: query, arguments: [VarChar("/a")] }, method: value, arguments: [VarChar("."), VarChar("int")] }, Method { target: t.c, method: exist, arguments: [VarChar("/x")] }]))
    "#]]);
    check(
        "SELECT COUNT(*), COUNT(DISTINCT a), ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC), GETDATE()",
        expect![[r#"
            1: Select(Select([Function(FunctionCall { name: COUNT, star: true }), Function(FunctionCall { name: COUNT, distinct: true, arguments: [a] }), Function(FunctionCall { name: ROW_NUMBER, over: Over { partition_by: [a], order_by: [OrderItem { expr: b, descending: true }] } }), Function(GETDATE)]))
        "#]],
    );
    check(
        "SELECT @@ROWCOUNT, CURRENT_TIMESTAMP, NEXT VALUE FOR dbo.s, a COLLATE Latin1_General_BIN AT TIME ZONE 'UTC'",
        expect![[r#"
            1: Select(Select([@@ROWCOUNT, Function(CURRENT_TIMESTAMP), NextValueFor { sequence: dbo.s }, AtTimeZone { operand: Collate { operand: a, collation: Latin1_General_BIN }, zone: VarChar("UTC") }]))
        "#]],
    );
    check("SELECT (SELECT MAX(a) FROM t) + ((SELECT 1)), {fn NOW()}", expect![[r#"
        1: Select(Select([Binary { operator: Add, left: Subquery(Select(Select { items: [Function(FunctionCall { name: MAX, arguments: [a] })], from: [Table { name: t }] })), right: Subquery(Nested(Select([1]))) }, Function(NOW)]))
    "#]]);
}

#[test]
fn conditions() {
    check("SELECT 1 WHERE a = 1 AND (b <> 2 OR NOT c >= 3) AND d !< 4", expect![[r#"
        1: Select(Select(Select { items: [1], filter: And([Comparison { operator: Equal, left: a, right: 1 }, Or([Comparison { operator: NotEqual, left: b, right: 2 }, Not(Comparison { operator: GreaterOrEqual, left: c, right: 3 })]), Comparison { operator: GreaterOrEqual, left: d, right: 4 }]) }))
    "#]]);
    check("SELECT 1 WHERE a IN (1, 2) AND b NOT IN (SELECT c FROM d) AND e LIKE 'x%' ESCAPE '!'", expect![[r#"
        1: Select(Select(Select { items: [1], filter: And([InList { operand: a, list: [1, 2] }, InQuery { operand: b, query: Select(Select { items: [c], from: [Table { name: d }] }), negated: true }, Like { operand: e, pattern: VarChar("x%"), escape: VarChar("!") }]) }))
    "#]]);
    check(
        "SELECT 1 WHERE a BETWEEN 1 AND 2 AND EXISTS (SELECT * FROM t) AND x > = ALL (SELECT 1)",
        expect![[r#"
            1: Select(Select(Select { items: [1], filter: And([Between { operand: a, low: 1, high: 2 }, Exists(Select(Select { items: [Star {  }], from: [Table { name: t }] })), Quantified { operator: GreaterOrEqual, operand: x, all: true, query: Select([1]) }]) }))
        "#]],
    );
    check("SELECT 1 WHERE ((a + 1)) > ((SELECT 1)) AND (((a = 1)))", expect![[r#"
        1: Select(Select(Select { items: [1], filter: And([Comparison { operator: Greater, left: Binary { operator: Add, left: a, right: 1 }, right: Subquery(Nested(Select([1]))) }, Comparison { operator: Equal, left: a, right: 1 }]) }))
    "#]]);
    check("IF UPDATE(c) AND a IS NOT DISTINCT FROM b PRINT 1", expect![[r#"
        1: If(If { condition: And([Updated(c), IsDistinctFrom { left: a, right: b, negated: true }]), then: Statement { kind: Print(1) } })
    "#]]);
}

#[test]
fn aliases() {
    check(
        "SELECT a b, c AS [d e], f 'g', 'h' = i, j = k, @v = l, @w += m, * , t.*, dbo.t.* FROM t",
        expect![[r#"
            1: Select(Select(Select { items: [Expr { expr: a, alias: b }, Expr { expr: c, alias: d e }, Expr { expr: f, alias: g }, Expr { expr: i, alias: h }, Expr { expr: k, alias: j }, Assign { variable: @v, operator: Assign, value: l }, Assign { variable: @w, operator: Compound(Add), value: m }, Star {  }, Star { qualifier: t }, Star { qualifier: dbo.t }], from: [Table { name: t }] }))
        "#]],
    );
    check("SELECT * FROM clientqueue\nprocessorderrequestmessages", expect![[r#"
        1: Select(Select(Select { items: [Star {  }], from: [Table { name: clientqueue, alias: processorderrequestmessages }] }))
    "#]]);
    check("SELECT 1 AS x\nBREAK_TIME:\nSELECT 2", expect![[r#"
        1: Select(Select([Expr { expr: 1, alias: x }]))
        2: Label(BREAK_TIME)
        3: Select(Select([2]))
    "#]]);
    check("BEGIN TRAN\nSELECT a\nCOMMIT", expect![[r#"
        1: Transaction(Begin {  })
        2: Select(Select([a]))
        3: Transaction(Commit {  })
    "#]]);
    check("SELECT a FROM t\nSEND ON CONVERSATION @h\nSELECT b FROM t\nRECEIVE TOP(1) * FROM q", expect![[r#"
        1: Select(Select(Select { items: [a], from: [Table { name: t }] }))
        2: Broker(Send(Send { handles: [@h] }))
        3: Select(Select(Select { items: [b], from: [Table { name: t }] }))
        4: Broker(Receive(Receive { top: 1, items: [Star {  }], queue: q }))
    "#]]);
    check("SELECT Priority, [User], Date, Address FROM Priority AS [From]", expect![[r#"
        1: Select(Select(Select { items: [Priority, User, Date, Address], from: [Table { name: Priority, alias: From }] }))
    "#]]);
}

#[test]
fn queries() {
    check(
        "SELECT DISTINCT TOP (5) a INTO #t FROM x WHERE a > 1 GROUP BY a HAVING COUNT(*) > 1 ORDER BY 1 DESC, a",
        expect![[r#"
            1: Select(Query { body: Select(Select { distinct: true, top: Top { count: 5 }, items: [a], into: #t, from: [Table { name: x }], filter: Comparison { operator: Greater, left: a, right: 1 }, group_by: GroupBy { elements: [Expr(a)] }, having: Comparison { operator: Greater, left: Function(FunctionCall { name: COUNT, star: true }), right: 1 } }), order_by: [OrderItem { expr: 1, descending: true }, OrderItem { expr: a }] })
        "#]],
    );
    check(
        "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY OPTION (MAXDOP 1, RECOMPILE)",
        expect![[r#"
            1: Select(SelectStatement { query: Query { body: Select(Select { items: [a], from: [Table { name: t }] }), order_by: [OrderItem { expr: a }], offset: 5, fetch: 10 }, options: [QueryHint { name: "MAXDOP", value: 1 }, QueryHint { name: "RECOMPILE" }] })
        "#]],
    );
    check("WITH XMLNAMESPACES ('u' AS p, DEFAULT 'd'), c (x) AS (SELECT 1) SELECT x FROM c", expect![[r#"
        1: Select(SelectStatement { with: With { xml_namespaces: [XmlNamespace { uri: "u", prefix: p }, XmlNamespace { uri: "d" }], common_tables: [CommonTable { name: c, columns: [x], query: Select([1]) }] }, query: Select(Select { items: [x], from: [Table { name: c }] }) })
    "#]]);
    check("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4) ORDER BY 1", expect![[r#"
        1: Select(Query { body: SetOperation { first: Select([1]), rest: [SetOperand { operator: UnionAll, right: SetOperation { first: Select([2]), rest: [SetOperand { operator: Intersect, right: Select([3]) }] } }, SetOperand { operator: Except, right: Nested(Select([4])) }] }, order_by: [OrderItem { expr: 1 }] })
    "#]]);
    check(
        "SELECT * FROM a INNER JOIN b ON a.x = b.x LEFT OUTER JOIN c AS d ON 1 = 1 CROSS JOIN e, f",
        expect![[r#"
            1: Select(Select(Select { items: [Star {  }], from: [Join(Join { kind: Cross, left: Join(Join { kind: Left, left: Join(Join { kind: Inner, left: Table { name: a }, right: Table { name: b }, on: Comparison { operator: Equal, left: a.x, right: b.x } }), right: Table { name: c, alias: d }, on: Comparison { operator: Equal, left: 1, right: 1 } }), right: Table { name: e } }), Table { name: f }] }))
        "#]],
    );
    check("SELECT * FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x", expect![[r#"
        1: Select(Select(Select { items: [Star {  }], from: [Join(Join { kind: Inner, left: Table { name: a }, right: Join(Join { kind: Inner, left: Table { name: b }, right: Table { name: c }, on: Comparison { operator: Equal, left: b.x, right: c.x } }), on: Comparison { operator: Equal, left: a.x, right: b.x } })] }))
    "#]]);
    check(
        "SELECT * FROM ((SELECT 1 AS x) AS s JOIN t ON 1 = 1), ((SELECT 2) UNION (SELECT 3)) AS u",
        expect![[r#"
            1: Select(Select(Select { items: [Star {  }], from: [Join(Join { kind: Inner, left: Derived { query: Select([Expr { expr: 1, alias: x }]), alias: s }, right: Table { name: t }, on: Comparison { operator: Equal, left: 1, right: 1 } }), Derived { query: SetOperation { first: Nested(Select([2])), rest: [SetOperand { operator: Union, right: Nested(Select([3])) }] }, alias: u }] }))
        "#]],
    );
    check(
        "SELECT * FROM t (NOLOCK) x, u WITH (READPAST, UPDLOCK) , db..v AS y WITH (INDEX(1)), @w",
        expect![[r#"
            1: Select(Select(Select { items: [Star {  }], from: [Table { name: t, alias: x, hints: [TableHint { name: "NOLOCK" }] }, Table { name: u, hints: [TableHint { name: "READPAST" }, TableHint { name: "UPDLOCK" }] }, Table { name: db..v, alias: y, hints: [TableHint { name: "INDEX", arguments: [1] }] }, @w] }))
        "#]],
    );
    check(
        "SELECT * FROM @x.nodes('/a') AS t(c) CROSS APPLY t.c.nodes('b') u(d) OUTER APPLY dbo.f(1, DEFAULT) g",
        expect![[r#"
            1: Select(Select(Select { items: [Star {  }], from: [Join(Join { kind: OuterApply, left: Join(Join { kind: CrossApply, left: Nodes { call: Method { target: @x, method: nodes, arguments: [VarChar("/a")] }, alias: t, columns: [c] }, right: Nodes { call: Method { target: t.c, method: nodes, arguments: [VarChar("b")] }, alias: u, columns: [d] } }), right: Function { call: FunctionCall { name: dbo.f, arguments: [1, Default] }, alias: g } })] }))
        "#]],
    );
    check(
        "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (n, s), OPENJSON(@j) WITH (a int '$.a') AS j",
        expect![[r#"
            1: Select(Select(Select { items: [Star {  }], from: [Values { rows: [[1, VarChar("a")], [2, VarChar("b")]], alias: v, columns: [n, s] }, Function { call: FunctionCall { name: OPENJSON, arguments: [@j] }, schema: [RowsetColumn { name: a, data_type: Int, path: "$.a" }], alias: j }] }))
        "#]],
    );
    check("SELECT a FROM t FOR XML PATH(''), ROOT('r'), TYPE, ELEMENTS XSINIL", expect![[r#"
        1: Select(Query { body: Select(Select { items: [a], from: [Table { name: t }] }), for_clause: Xml(ForXml { mode: Path(""), root: "r", elements: XsiNil, typed: true }) })
    "#]]);
    check("SELECT a FROM t FOR JSON PATH, WITHOUT_ARRAY_WRAPPER", expect![[r#"
        1: Select(Query { body: Select(Select { items: [a], from: [Table { name: t }] }), for_clause: Json(ForJson { path: true, without_array_wrapper: true }) })
    "#]]);
    check("SELECT a FROM t PIVOT (SUM(x) FOR y IN ([1])) AS p\nPRINT 1", expect![[r#"
        1: NotBuilt { name: "PIVOT" }
        2: Print(1)
    "#]]);
}

#[test]
fn data_statements() {
    check("INSERT INTO t (a, b) OUTPUT inserted.a INTO @o (a) VALUES (1, DEFAULT), (2, 3)", expect![[r#"
        1: Insert(Insert { target: DmlTarget { kind: Table(t) }, columns: [a, b], output: [Output { items: [inserted.a], into: OutputInto { target: DmlTarget { kind: @o }, columns: [a] } }], source: Values([[1, Default], [2, 3]]) })
    "#]]);
    check("INSERT t EXEC dbo.p @x = 1\nINSERT @t DEFAULT VALUES\nINSERT t (SELECT 1)", expect![[r#"
        1: Insert(Insert { target: DmlTarget { kind: Table(t) }, source: Execute(Execute { module: Procedure { name: dbo.p, arguments: [Argument { name: @x, value: 1 }] } }) })
        2: Insert(Insert { target: DmlTarget { kind: @t }, source: DefaultValues })
        3: Insert(Insert { target: DmlTarget { kind: Table(t) }, source: Query(Nested(Select([1]))) })
    "#]]);
    check(
        "UPDATE t SET a = 1, b += 2, @v = c = 3, @w = 4, x.modify('delete /a') FROM u WHERE t.i = u.i",
        expect![[r#"
            1: Update(Update { target: DmlTarget { kind: Table(t) }, assignments: [Column { column: a, operator: Assign, value: 1 }, Column { column: b, operator: Compound(Add), value: 2 }, VariableAndColumn { variable: @v, column: c, operator: Assign, value: 3 }, Variable { variable: @w, operator: Assign, value: 4 }, Method { column: x, method: modify, arguments: [VarChar("delete /a")] }], from: [Table { name: u }], filter: Condition(Comparison { operator: Equal, left: t.i, right: u.i }) })
        "#]],
    );
    check(
        "DELETE TOP (1) FROM t OUTPUT deleted.* WHERE CURRENT OF c\nDELETE a FROM t AS a TRUNCATE TABLE t",
        expect![[r#"
            1: Delete(Delete { top: Top { count: 1 }, target: DmlTarget { kind: Table(t) }, output: [Output { items: [Star { qualifier: deleted }] }], filter: CurrentOf(Name { name: c }) })
            2: Delete(Delete { target: DmlTarget { kind: Table(a) }, from: [Table { name: t, alias: a }] })
            2: Truncate(t)
        "#]],
    );
    check(
        "MERGE t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT VALUES (1);\nPRINT 1",
        expect![[r#"
            1: NotBuilt { name: "MERGE" }
            2: Print(1)
        "#]],
    );
}

#[test]
fn control_flow() {
    check(
        "DECLARE @a int = 1, @b AS sysname, @c xml(dbo.s), @d TABLE (x int PRIMARY KEY), @e CURSOR, @ int",
        expect![[r#"
            1: Declare([Declaration { variable: @a, kind: Scalar { data_type: Int, value: 1 } }, Declaration { variable: @b, kind: Scalar { data_type: NVarChar(128) } }, Declaration { variable: @c, kind: Scalar { data_type: TypedXml { collection: dbo.s } } }, Declaration { variable: @d, kind: Table(TableDefinition { columns: [ColumnDefinition { name: x, kind: Regular(RegularColumn { data_type: Int }), constraints: [PrimaryKey {  }] }] }) }, Declaration { variable: @e, kind: Cursor }, Declaration { variable: @, kind: Scalar { data_type: Int } }])
        "#]],
    );
    check("IF @a = 1 SELECT 1; ELSE IF @a = 2 BEGIN; SELECT 2; END ELSE PRINT 3", expect![[r#"
        1: If(If { condition: Comparison { operator: Equal, left: @a, right: 1 }, then: Statement { kind: Select(Select([1])) }, otherwise: Statement { kind: If(If { condition: Comparison { operator: Equal, left: @a, right: 2 }, then: Statement { kind: Block([Statement { kind: Select(Select([2])) }]) }, otherwise: Statement { kind: Print(3) } }) } })
    "#]]);
    check("WHILE 1 = 1 BEGIN IF @x > 1 BREAK ELSE CONTINUE END", expect![[r#"
        1: While(While { condition: Comparison { operator: Equal, left: 1, right: 1 }, body: Statement { kind: Block([Statement { kind: If(If { condition: Comparison { operator: Greater, left: @x, right: 1 }, then: Statement { kind: Break }, otherwise: Statement { kind: Continue } }) }]) } })
    "#]]);
    check("BEGIN TRY; END CONVERSATION @h END TRY BEGIN CATCH THROW END CATCH SELECT 1", expect![[r#"
        1: TryCatch(TryCatch { body: [Statement { kind: Broker(EndConversation { handle: @h, mode: Normal }) }], handler: [Statement { kind: Throw(None) }] })
        1: Select(Select([1]))
    "#]]);
    check(
        "BEGIN BEGIN TRAN x BEGIN DIALOG @h FROM SERVICE a TO SERVICE 'b' END CONVERSATION @h COMMIT END",
        expect![[r#"
            1: Block([Statement { kind: Transaction(Begin { name: Name(x) }) }, Statement { kind: Broker(BeginDialog(BeginDialog { handle: @h, from_service: Name(a), to_service: String("b"), encryption: true })) }, Statement { kind: Broker(EndConversation { handle: @h, mode: Normal }) }, Statement { kind: Transaction(Commit {  }) }])
        "#]],
    );
    check("again: GOTO again RETURN RETURN 1 RETURN (2) PRINT N'x' + @y", expect![[r#"
        1: Label(again)
        1: Goto(again)
        1: Return(None)
        1: Return(1)
        1: Return(2)
        1: Print(Binary { operator: Add, left: NVarChar("x"), right: @y })
    "#]]);
    check("RAISERROR (N'%s %d', 16, 1, @a, 5) WITH LOG, NOWAIT THROW 50001, 'x', 1; THROW", expect![[r#"
        1: RaiseError(RaiseError { message: NVarChar("%s %d"), severity: 16, state: 1, arguments: [@a, 5], log: true, nowait: true })
        1: Throw(Throw { number: 50001, message: VarChar("x"), state: 1 })
        1: Throw(None)
    "#]]);
    check(
        "SET NOCOUNT, XACT_ABORT ON SET LOCK_TIMEOUT -1 SET DATEFORMAT dmy SET IDENTITY_INSERT dbo.t ON",
        expect![[r#"
            1: Set(Switches { switches: [NoCount, XactAbort], on: true })
            1: Set(Value { option: LockTimeout, value: Unary { operator: Minus, operand: 1 } })
            1: Set(Value { option: DateFormat, value: NVarChar("dmy") })
            1: Set(IdentityInsert { table: dbo.t, on: true })
        "#]],
    );
    check(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED SET @x += 1 SET @x.modify('delete /a') SET ROWCOUNT 0",
        expect![[r#"
            1: Set(IsolationLevel(ReadCommitted))
            1: SetVariable(SetVariable { variable: @x, kind: Assign { operator: Compound(Add), value: 1 } })
            1: SetVariable(SetVariable { variable: @x, kind: Method { method: modify, arguments: [VarChar("delete /a")] } })
            1: Set(Value { option: RowCount, value: 0 })
        "#]],
    );
    check(
        "BEGIN TRANSACTION t WITH MARK 'm' SAVE TRAN @s ROLLBACK TRANSACTION s COMMIT WORK ROLLBACK",
        expect![[r#"
            1: Transaction(Begin { name: Name(t), mark: "m" })
            1: Transaction(Save { name: @s })
            1: Transaction(Rollback { name: Name(s) })
            1: Transaction(Commit {  })
            1: Transaction(Rollback {  })
        "#]],
    );
    check(
        "USE master KILL 55 CHECKPOINT DBCC CHECKDB ('x', NOINDEX) WITH NO_INFOMSGS RECONFIGURE WITH OVERRIDE",
        expect![[r#"
            1: Use(master)
            1: Administration(Kill { session: 55 })
            1: Administration(Checkpoint {  })
            1: Administration(Dbcc { command: "CHECKDB", arguments: [VarChar("x"), NVarChar("NOINDEX")], options: ["NO_INFOMSGS"] })
            1: Administration(Reconfigure { with_override: true })
        "#]],
    );
    check("WAITFOR DELAY '00:00:01' WAITFOR TIME @t", expect![[r#"
        1: WaitFor(Delay(VarChar("00:00:01")))
        1: WaitFor(Time(@t))
    "#]]);
}

#[test]
fn execute() {
    check("sp_who 'active'", expect![[r#"
        1: Execute(Execute { module: Procedure { name: sp_who, arguments: [Argument { value: VarChar("active") }] } })
    "#]]);
    check(
        "EXEC @rc = db..p 1, -2, @x OUTPUT, @named = N'y', DEFAULT, word WITH RECOMPILE SELECT 1",
        expect![[r#"
            1: Execute(Execute { return_variable: @rc, module: Procedure { name: db..p, arguments: [Argument { value: 1 }, Argument { value: Unary { operator: Minus, operand: 2 } }, Argument { value: @x, output: true }, Argument { name: @named, value: NVarChar("y") }, Argument { value: Default }, Argument { value: NVarChar("word") }] }, recompile: true })
            1: Select(Select([1]))
        "#]],
    );
    check(
        "EXEC (N'SELECT ' + @x) AS USER = 'u' EXECUTE @proc @a EXEC p;2 EXEC p SEND ON CONVERSATION @h",
        expect![[r#"
            1: Execute(Execute { module: Text { text: Binary { operator: Add, left: NVarChar("SELECT "), right: @x }, context: User(String("u")) } })
            1: Execute(Execute { module: ProcedureVariable { variable: @proc, arguments: [Argument { value: @a }] } })
            1: Execute(Execute { module: Procedure { name: p, number: 2 } })
            1: Execute(Execute { module: Procedure { name: p } })
            1: Broker(Send(Send { handles: [@h] }))
        "#]],
    );
    check(
        "EXECUTE AS USER = 'u' WITH COOKIE INTO @c REVERT WITH COOKIE = @c EXEC AS CALLER REVERT",
        expect![[r#"
            1: ExecuteAs(ExecuteAs { principal: User(String("u")), cookie: @c })
            1: Revert(@c)
            1: ExecuteAs(ExecuteAs {  })
            1: Revert(None)
        "#]],
    );
}

#[test]
fn cursors() {
    check(
        "DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT a FROM t FOR READ ONLY OPEN c FETCH NEXT FROM c INTO @a, @b CLOSE c DEALLOCATE GLOBAL c",
        expect![[r#"
            1: Cursor(Declare { name: c, definition: CursorDefinition { options: [Local, FastForward, ReadOnly], query: Select(Select { items: [a], from: [Table { name: t }] }) } })
            1: Cursor(Open(Name { name: c }))
            1: Cursor(Fetch { direction: Next, cursor: Name { name: c }, into: [@a, @b] })
            1: Cursor(Close(Name { name: c }))
            1: Cursor(Deallocate(Name { name: c, global: true }))
        "#]],
    );
    check("SET @c = CURSOR SCROLL FOR SELECT 1 FETCH ABSOLUTE -1 FROM @c FETCH c", expect![[r#"
        1: SetVariable(SetVariable { variable: @c, kind: Cursor(CursorDefinition { options: [Scroll], query: Select([1]) }) })
        1: Cursor(Fetch { direction: Absolute(Unary { operator: Minus, operand: 1 }), cursor: @c })
        1: Cursor(Fetch { direction: Next, cursor: Name { name: c } })
    "#]]);
}
