//! `CAST(… AS xml)`: normal form, errors with positions, encodings, limits.

use duologue_xml::{
    Encoding, TextKind, Whitespace, check_well_formed, parse_bytes, parse_text, sniff_encoding,
};
use proptest::prelude::*;

fn normal(text: &str) -> String {
    match parse_text(text, TextKind::Unicode, Whitespace::Strip) {
        Ok(xml) => xml,
        Err(error) => format!("{} {}", error.number, error.text),
    }
}

#[test]
fn normal_form() {
    let cases = [
        ("", ""),
        ("plain", "plain"),
        ("<a></a>", "<a/>"),
        ("<a/><b/>tail", "<a/><b/>tail"),
        ("<a>\n  <b>x</b>\n</a>\n", "<a><b>x</b></a>"),
        ("<a xml:space='preserve'> <b> </b></a>", "<a xml:space=\"preserve\"> <b> </b></a>"),
        ("<a>&#x20;</a>", "<a> </a>"),
        ("<a><![CDATA[x < y & z]]></a>", "<a>x &lt; y &amp; z</a>"),
        ("<a b='1' c=\"it's &quot;\"/>", "<a b=\"1\" c=\"it's &quot;\"/>"),
        ("<a b='x&#10;y&#9;z&#13;'/>", "<a b=\"x&#x0A;y&#x09;z&#x0D;\"/>"),
        ("<a>1 &gt; 0&#13;</a>", "<a>1 &gt; 0&#x0D;</a>"),
        ("<?xml version=\"1.0\"?>\n<a/>", "<a/>"),
        ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", "<a/>"),
        ("<?xml version='1.0' standalone='yes'?>text", "text"),
        ("\u{feff}<a/>", "<a/>"),
        ("<?go fast?><!-- note --><a/>", "<?go fast?><!-- note --><a/>"),
        (
            "<p:a xmlns:p='urn:1' x='1' p:y='2'><p:b/><c xmlns='urn:2'><d/></c></p:a>",
            "<p:a xmlns:p=\"urn:1\" x=\"1\" p:y=\"2\"><p:b/><c xmlns=\"urn:2\"><d/></c></p:a>",
        ),
        ("<a xmlns='u'><b xmlns=''/></a>", "<a xmlns=\"u\"><b xmlns=\"\"/></a>"),
        ("<é>ü €</é>", "<é>ü €</é>"),
    ];
    for (text, expected) in cases {
        assert_eq!(normal(text), expected, "{text}");
        let again = parse_text(expected, TextKind::Unicode, Whitespace::Preserve).expect("a normal form");
        assert_eq!(again, expected, "the normal form is its own: {text}");
    }
}

#[test]
fn errors_carry_number_and_position() {
    let cases = [
        ("<a>", "9400 XML parsing: line 1, character 4, unexpected end of input"),
        ("<a", "9400 XML parsing: line 1, character 3, unexpected end of input"),
        ("<a>\n<b></a>", "9436 XML parsing: line 2, character 4, end tag does not match start tag"),
        ("</_><_>", "9422 XML parsing: line 1, character 5, incorrect document syntax"),
        ("<a>1 & 2</a>", "9421 XML parsing: line 1, character 6, illegal name character"),
        ("<a>&x y</a>", "9411 XML parsing: line 1, character 4, semicolon expected"),
        ("<a>&nbsp;</a>", "9448 XML parsing: line 1, character 4, well formed check: undeclared entity"),
        ("<a>&#0;</a>", "9420 XML parsing: line 1, character 4, illegal xml character"),
        ("<a>&#xg;</a>", "9416 XML parsing: line 1, character 4, hexadecimal digit expected"),
        ("<a>&#g;</a>", "9417 XML parsing: line 1, character 4, decimal digit expected"),
        ("<a>1 < 2</a>", "9455 XML parsing: line 1, character 7, illegal qualified name character"),
        ("<a b=1/>", "9413 XML parsing: line 1, character 6, A string literal was expected"),
        ("<a b/>", "9414 XML parsing: line 1, character 5, equal expected"),
        ("<a b='<'/>", "9415 XML parsing: line 1, character 7, well formed check: no '<' in attribute value"),
        ("<a b='1' b='2'/>", "9437 XML parsing: line 1, character 10, duplicate attribute"),
        ("<p:a/>", "9459 XML parsing: line 1, character 2, undeclared prefix"),
        ("<a>]]></a>", "9454 XML parsing: line 1, character 7, no ']]>' in element content"),
        ("<!-- a -- b --><a/>", "9424 XML parsing: line 1, character 1, incorrect comment syntax"),
        (
            "<a><?xml\tb?></a>",
            "9438 XML parsing: line 1, character 4, text/xmldecl not at the beginning of input",
        ),
        (
            " <?xml version='1.0'?><a/>",
            "9438 XML parsing: line 1, character 2, text/xmldecl not at the beginning of input",
        ),
        (
            "<?xml encoding='utf-16'?>",
            "9441 XML parsing: line 1, character 25, incorrect xml declaration syntax",
        ),
        (
            "<?xml version='1.0' encoding='utf-8'?><a/>",
            "9402 XML parsing: line 1, character 38, unable to switch the encoding",
        ),
        (
            "<?xml version='1.0' encoding='klingon'?><a/>",
            "9401 XML parsing: line 1, character 40, unrecognized encoding",
        ),
    ];
    let wrong: Vec<_> = cases.iter().filter(|(text, expected)| normal(text) != *expected).collect();
    let found: Vec<_> = wrong.iter().map(|(text, _)| normal(text)).collect();
    assert!(wrong.is_empty(), "expected {wrong:#?} found {found:#?}");
    let with_type = normal("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>");
    assert!(with_type.starts_with("6359"), "{with_type}");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(normal(&nested(127)).starts_with("<a>"));
    assert!(normal(&nested(129)).starts_with("6335"), "one level too many");
    assert!(normal(&nested(100_000)).starts_with("6335"), "far too many");
}

#[test]
fn a_text_that_costs_too_much_is_refused_at_once() {
    let attributes: String = (0..50_000).map(|number| format!(" a{number}=''")).collect();
    let wide = format!("<a{attributes}/>");
    let namespaces: String = (0..2_000).map(|number| format!(" xmlns:n{number}='u{number}'")).collect();
    let children = "<b xmlns:p='u'/>".repeat(2_000);
    let scoped = format!("<a{namespaces}>{children}</a>");
    for text in [wide, scoped] {
        assert!(normal(&text).starts_with("9480"));
    }
    let ordinary: String = (0..1_000).map(|number| format!(" a{number}=''")).collect();
    assert!(normal(&format!("<a{ordinary} x='&gt;'/>")).starts_with("<a a0"));
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn bytes_of_every_encoding() {
    let little = |text: &str| utf16(text, u16::to_le_bytes);
    let big = |text: &str| utf16(text, u16::to_be_bytes);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (little("<a>ü</a>"), "<a>ü</a>"),
        (little("\u{feff}<a>ü</a>"), "<a>ü</a>"),
        (big("\u{feff}<a>ü</a>"), "<a>ü</a>"),
        (big("<a>ü</a>"), "<a>ü</a>"),
        (little("just text"), "just text"),
        (b"<a>plain</a>".to_vec(), "<a>plain</a>"),
        ("\u{feff}<a>ü</a>".as_bytes().to_vec(), "<a>ü</a>"),
        ("<?xml version='1.0' encoding='utf-8'?><a>ü</a>".as_bytes().to_vec(), "<a>ü</a>"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xfc</a>".to_vec(), "<a>ü</a>"),
        (b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>".to_vec(), "<a>€</a>"),
        (little("<?xml version='1.0' encoding='utf-16'?><a/>"), "<a/>"),
        (Vec::new(), ""),
    ];
    for (bytes, expected) in cases {
        assert_eq!(parse_bytes(&bytes, Whitespace::Strip).expect("well formed"), expected);
    }
    let refused: Vec<(Vec<u8>, i32)> = vec![
        (little("<?xml version='1.0' encoding='utf-8'?><a/>"), 9402),
        (b"<?xml version='1.0' encoding='utf-16'?><a/>".to_vec(), 9402),
        (b"<?xml version='1.0' encoding='klingon'?><a/>".to_vec(), 9401),
        (b"<a>\xfc</a>".to_vec(), 9420),
        (vec![b'<', 0, b'a'], 9400),
        (vec![b'<', 0, 0x00, 0xd8], 9420),
    ];
    for (bytes, number) in refused {
        assert_eq!(parse_bytes(&bytes, Whitespace::Strip).expect_err("refused").number, number, "{bytes:?}");
    }
    assert_eq!(sniff_encoding(&little("<a/>")), (Encoding::Utf16Le, 0));
}

#[test]
fn event_document_truncated_anywhere_is_an_error_or_a_value() {
    let event = "<EVENT_INSTANCE><EventType>CREATE_TABLE</EventType><LoginName a=\"1\">sa &amp; co</LoginName>\
                 </EVENT_INSTANCE>";
    for bytes in [event.as_bytes().to_vec(), utf16(event, u16::to_le_bytes)] {
        assert!(check_well_formed(&bytes).is_ok());
        for length in 1..bytes.len() {
            assert!(check_well_formed(&bytes[..length]).is_err(), "cut at {length}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = check_well_formed(&bytes);
    }

    #[test]
    fn text_survives_the_normal_form(text in "[ -~\\n\\tà-ü€]{0,60}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let xml = parse_text(&format!("<a>{escaped}</a>"), TextKind::Unicode, Whitespace::Preserve).expect("escaped");
        prop_assert_eq!(parse_text(&xml, TextKind::Unicode, Whitespace::Preserve).expect("normal form"), xml);
    }
}
