//! The methods of the xml type: table of queries, results and refusals.

use duologue_messages::SqlError;
use duologue_xml::{Bindings, Method, NoBindings, NodeRef, Query, Scalar, TextKind, Whitespace, parse_text};
use proptest::prelude::*;

const EVENT: &str = "<EVENT_INSTANCE>\
    <EventType>CREATE_TABLE</EventType><PostTime>2026-11-21T10:00:00.000</PostTime><SPID>53</SPID>\
    <LoginName>sa</LoginName><UserName>dbo</UserName><DatabaseName>EN_Source</DatabaseName>\
    <SchemaName>dbo</SchemaName><ObjectName>t1</ObjectName><ObjectType>TABLE</ObjectType>\
    <TSQLCommand><SetOptions ANSI_NULLS=\"ON\" QUOTED_IDENTIFIER=\"ON\"/>\
    <CommandText>CREATE TABLE dbo.t1 (i int)</CommandText></TSQLCommand></EVENT_INSTANCE>";

const MISSING: &str = "<mrsb:MissingRemoteServiceBinding xmlns:mrsb=\"https://schemas.microsoft.com/SQL/ServiceBroker/\
    BrokerConfigurationNotice/MissingRemoteServiceBinding\"><mrsb:SERVICE_NAME>//tgt.example/AuditSink</mrsb:SERVICE_NAME>\
    </mrsb:MissingRemoteServiceBinding>";

const ORDER: &str = "<order id=\"7\"><line no=\"1\"><item>pen</item><qty>2</qty></line>\
    <line no=\"2\"><item>ink</item><qty>10</qty></line><line no=\"3\"><item>pad</item><qty>3</qty></line></order>";

fn document(xml: &str) -> NodeRef {
    let normal = parse_text(xml, TextKind::Unicode, Whitespace::Strip).expect("well formed");
    NodeRef::document(&normal).expect("normal form")
}

fn shown(outcome: Result<Option<String>, SqlError>) -> String {
    match outcome {
        Ok(Some(text)) => text,
        Ok(None) => "NULL".to_owned(),
        Err(error) => format!("{} {}", error.number, error.text),
    }
}

fn value(xml: &str, query: &str) -> String {
    let context = document(xml);
    shown(Query::parse(Method::Value, query).and_then(|query| query.value(&context, &NoBindings)))
}

fn query(xml: &str, text: &str) -> String {
    let context = document(xml);
    shown(Query::parse(Method::Query, text).and_then(|query| query.query(&context, &NoBindings)).map(Some))
}

#[test]
fn values() {
    let cases = [
        (EVENT, "(/EVENT_INSTANCE/EventType)[1]", "CREATE_TABLE"),
        (EVENT, "/EVENT_INSTANCE[1]/EventType[1]", "CREATE_TABLE"),
        (EVENT, "(/EVENT_INSTANCE/TSQLCommand/CommandText)[1]", "CREATE TABLE dbo.t1 (i int)"),
        (EVENT, "(/EVENT_INSTANCE/TSQLCommand/SetOptions/@ANSI_NULLS)[1]", "ON"),
        (EVENT, "(/EVENT_INSTANCE/Nothing)[1]", "NULL"),
        (EVENT, "(//CommandText/text())[1]", "CREATE TABLE dbo.t1 (i int)"),
        (EVENT, "data(/EVENT_INSTANCE/SPID)[1]", "53"),
        (EVENT, "(//*[local-name()=\"ObjectName\"])[1]", "t1"),
        (MISSING, "(/*/*[local-name()=\"SERVICE_NAME\"])[1]", "//tgt.example/AuditSink"),
        (MISSING, "(/*:MissingRemoteServiceBinding/*:SERVICE_NAME)[1]", "//tgt.example/AuditSink"),
        (
            MISSING,
            "declare namespace m=\"https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/\
             MissingRemoteServiceBinding\"; (/m:MissingRemoteServiceBinding/m:SERVICE_NAME)[1]",
            "//tgt.example/AuditSink",
        ),
        (
            MISSING,
            "declare default element namespace \"https://schemas.microsoft.com/SQL/ServiceBroker/\
             BrokerConfigurationNotice/MissingRemoteServiceBinding\"; (//SERVICE_NAME)[1]",
            "//tgt.example/AuditSink",
        ),
        (MISSING, "(/MissingRemoteServiceBinding)[1]", "NULL"),
        (
            MISSING,
            "namespace-uri((/*)[1])",
            "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding",
        ),
        (ORDER, "(/order/@id)[1]", "7"),
        (ORDER, "/order[1]/@id", "7"),
        (ORDER, "(/order/line/item)[last()]", "pad"),
        (ORDER, "(/order/line[2]/item)[1]", "ink"),
        (ORDER, "(/order/line[@no=\"2\"]/item)[1]", "ink"),
        (ORDER, "(/order/line[@no=2]/item)[1]", "ink"),
        (ORDER, "(/order/line[item=\"pad\"]/qty)[1]", "3"),
        (ORDER, "(/order/line[qty > 2 and item != 'ink']/item)[1]", "pad"),
        (ORDER, "(/order/line[item='pen' or item='pad'])[2]/@no", "3"),
        (ORDER, "(//item[contains(., \"n\")])[2]", "ink"),
        (ORDER, "(//line[not(item='pen')]/item)[1]", "ink"),
        (ORDER, "count(/order/line)", "3"),
        (ORDER, "count(//*)", "10"),
        (ORDER, "count(//@no)", "3"),
        (ORDER, "sum(/order/line/qty)", "15"),
        (ORDER, "max(/order/line/qty)", "10"),
        (ORDER, "sum(/order/line/qty) div 2", "7.5"),
        (ORDER, "concat((/order/line/item)[1], \"-\", (/order/@id)[1])", "pen-7"),
        (ORDER, "local-name((/order/line)[1])", "line"),
        (ORDER, "string((/order/line)[1])", "pen2"),
        (ORDER, "(/order/line[last()]/item)[1]", "pad"),
        (ORDER, "(/order/line[position()=2]/item)[1]", "ink"),
        (ORDER, "(//qty/../item)[1]", "pen"),
        (ORDER, "(/order/line/qty)[1] = 2", "true"),
        (ORDER, "substring((//item)[2], 2, 2)", "nk"),
        (ORDER, "(//line)[2]/item[1]", "ink"),
        (ORDER, "(: a (: nested :) comment :) (/order/@id)[1]", "7"),
        (ORDER, "\"it\"\"s &lt;\"", "it\"s <"),
        ("a<b/>c", "(/text())[2]", "c"),
        ("<a><b>1</b><c/><b>2</b></a>", "(/a/b)[2]", "2"),
        ("<a/>", "(/..)[1]", "NULL"),
        ("<a/>", "1 div 4", "0.25"),
        ("<a/>", "-(3 - 5) * 2", "4"),
        ("<a/>", "()", "NULL"),
    ];
    for (xml, text, expected) in cases {
        assert_eq!(value(xml, text), expected, "{text}");
    }
}

#[test]
fn refusals() {
    let singleton = "2389 XQuery [value()]: 'value()' requires a singleton (or empty sequence), found operand of type \
                     'xdt:untypedAtomic *'";
    let cases = [
        ("/EVENT_INSTANCE/EventType", singleton),
        ("//EventType[1]", singleton),
        ("/a[1]/text()", singleton),
        ("/a/@b", singleton),
        ("data(/a/b)", singleton),
    ];
    for (text, expected) in cases {
        assert!(value(EVENT, text).starts_with(expected), "{text}: {}", value(EVENT, text));
    }
    let numbers = [
        ("", 2209),
        ("/a[", 2209),
        ("(/a", 2205),
        ("(/a)[1] x", 2370),
        ("(/p:a)[1]", 2229),
        ("starts-with(\"a\", \"b\")", 2395),
        ("concat(\"a\")", 2395),
        ("string(/a)", 2389),
        ("contains(/a/b, \"x\")", 2389),
        ("\"open", 2209),
        ("#", 2209),
        ("for $x in /a return $x", 49901),
        ("if (/a) then 1 else 2", 49901),
        ("<a/>", 49901),
        ("xs:int(\"1\")", 49901),
        ("(/a/following::b)[1]", 49901),
        ("sql:variable(\"@none\")", 9501),
        ("1 div 0", 8134),
        ("((1)/a)[1]", 2374),
    ];
    for (text, number) in numbers {
        let outcome = value("<a/>", text);
        assert!(outcome.starts_with(&format!("{number} ")), "{text}: {outcome}");
    }
    let nested = "(".repeat(5000) + "/a" + &")".repeat(5000);
    assert!(value("<a/>", &nested).starts_with("191 "));
    for operator in [" + 1", " * 1", " and 1", " or 1"] {
        let chain = |length: usize| "1".to_owned() + &operator.repeat(length);
        assert!(value("<a/>", &chain(9000)).starts_with("191 "), "a long chain of{operator}");
        assert!(!value("<a/>", &chain(250)).starts_with("191 "), "a chain of{operator}");
    }
}

#[test]
fn queries_serialise_with_their_namespaces() {
    let cases = [
        (ORDER, "/order/line/item", "<item>pen</item><item>ink</item><item>pad</item>"),
        (ORDER, "/order/line[1]", "<line no=\"1\"><item>pen</item><qty>2</qty></line>"),
        (ORDER, "/order/line/item/text()", "peninkpad"),
        (ORDER, "data(/order/line/qty)", "2 10 3"),
        (ORDER, "/none", ""),
        (ORDER, "/", ORDER),
        ("<a xmlns:p='urn:1' xmlns:q='urn:2'><p:b/></a>", "/a/*", "<p:b xmlns:p=\"urn:1\"/>"),
        ("<a xmlns='u'><b><c/></b></a>", "/*/*", "<b xmlns=\"u\"><c/></b>"),
        ("<a>x &lt; y</a>", "/a/text()", "x &lt; y"),
    ];
    for (xml, text, expected) in cases {
        assert_eq!(query(xml, text), expected, "{text}");
    }
    assert!(query(ORDER, "/order/@id").starts_with("2396 "));
}

#[test]
fn exist_is_about_the_sequence_not_its_value() {
    let context = document(ORDER);
    for (text, expected) in
        [("/order/line[item='ink']", true), ("/order/none", false), ("/order = 'x'", true)]
    {
        let query = Query::parse(Method::Exist, text).expect(text);
        assert_eq!(query.exist(&context, &NoBindings).expect(text), expected, "{text}");
    }
}

#[test]
fn nodes_remember_where_they_are() {
    let rows = Query::parse(Method::Nodes, "/order/line")
        .and_then(|query| query.nodes(&document(ORDER), &NoBindings));
    let rows = rows.expect("three lines");
    let of = |row: &NodeRef, text: &str| {
        shown(Query::parse(Method::Value, text).and_then(|query| query.value(row, &NoBindings)))
    };
    let seen: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {}", of(row, "@no"), of(row, "(item)[1]"), of(row, "../@id")))
        .collect();
    assert_eq!(seen, ["1 pen 7", "2 ink 7", "3 pad 7"]);
    assert_eq!(rows[1].to_xml().expect("an element"), "<line no=\"2\"><item>ink</item><qty>10</qty></line>");
    assert_eq!(of(&rows[1], "(.)[1]"), "ink10");
    let root = of(&rows[2], "(/order/line)[1]/@no");
    assert_eq!(root, "1", "an absolute path starts at the document");
}

struct Row;

impl Bindings for Row {
    fn variable(&self, name: &str) -> Option<Option<Scalar>> {
        match name {
            "@no" => Some(Some(Scalar::Number(2.0))),
            "@null" => Some(None),
            _ => None,
        }
    }

    fn column(&self, name: &str) -> Option<Option<Scalar>> {
        (name == "t.item").then(|| Some(Scalar::Text("pad".to_owned())))
    }
}

#[test]
fn variables_and_columns_come_from_the_session() {
    let context = document(ORDER);
    let cases = [
        ("(/order/line[@no=sql:variable(\"@no\")]/item)[1]", "ink"),
        ("(/order/line[sql:variable(\"@no\")]/item)[1]", "ink"),
        ("(/order/line[item=sql:column(\"t.item\")]/@no)[1]", "3"),
        ("sql:variable(\"@null\")", "NULL"),
        ("sql:column(\"t.none\")", "9502 XQuery: Unable to resolve sql:column('t.none')."),
    ];
    for (text, expected) in cases {
        let outcome = Query::parse(Method::Value, text).and_then(|query| query.value(&context, &Row));
        assert_eq!(shown(outcome), expected, "{text}");
    }
}

#[test]
fn a_query_that_multiplies_is_stopped() {
    let wide = format!("<a>{}</a>", "<b/>".repeat(2000));
    let outcome = value(&wide, "count(//b[//b[//b = 'x']])");
    assert!(outcome.starts_with("8623 "), "{outcome}");
}

proptest! {
    #[test]
    fn any_text_is_a_query_or_an_error(text in "[a-c/@\\[\\]()*.:='\"0-9 $<>,|&-]{0,40}") {
        let context = document(ORDER);
        for method in [Method::Value, Method::Query, Method::Exist, Method::Nodes] {
            if let Ok(query) = Query::parse(method, &text) {
                let _ = query.query(&context, &NoBindings);
                let _ = query.nodes(&context, &NoBindings);
            }
        }
    }
}
