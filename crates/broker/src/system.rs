//! Names and bodies of the broker's own messages.

use bytes::Bytes;
use duologue_messages::SqlError;
use duologue_xml::{Method, NoBindings, NodeRef, Query, Whitespace, parse_bytes};

/// Error message type, number 1.
pub const ERROR: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/Error";
/// EndDialog message type, number 2.
pub const END_DIALOG: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/EndDialog";
/// DialogTimer message type, number 5.
pub const DIALOG_TIMER: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/DialogTimer";
/// EventNotification message type, number 4.
pub const EVENT_NOTIFICATION: &str = "http://schemas.microsoft.com/SQL/Notifications/EventNotification";
/// Contract of event notifications.
pub const POST_EVENT_NOTIFICATION: &str =
    "http://schemas.microsoft.com/SQL/Notifications/PostEventNotification";
/// Initiating service of event notifications.
pub const EVENT_NOTIFICATION_SERVICE: &str =
    "http://schemas.microsoft.com/SQL/Notifications/EventNotificationService";
/// Initiating service of questions to the configuration service.
pub(crate) const BROKER_SERVICE: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/ServiceBroker";
/// The service that answers questions about missing bindings and routes.
pub const BROKER_CONFIGURATION: &str = "SQL/ServiceBroker/BrokerConfiguration";

/// UTF-16LE with byte order mark, as the broker's own bodies are.
pub(crate) fn utf16_body(text: &str) -> Bytes {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// The body of an Error message: an application's code is above 0, a broker's is its message number negated.
pub(crate) fn error_body(code: i32, description: &str) -> Bytes {
    utf16_body(&format!(
        "<?xml version=\"1.0\"?><Error xmlns=\"{ERROR}\"><Code>{code}</Code><Description>{}</Description></Error>",
        escape_xml(description)
    ))
}

/// The code of an Error document; `None` when it is not one. An error: the body is not well-formed XML.
pub(crate) fn error_code(body: &[u8]) -> Result<Option<i32>, SqlError> {
    let document = NodeRef::document(&parse_bytes(body, Whitespace::Preserve)?)?;
    let path = format!("declare default element namespace \"{ERROR}\"; (/Error/Code)[1]");
    let code = Query::parse(Method::Value, &path)?.value(&document, &NoBindings)?;
    let is_alone = !Query::parse(Method::Exist, "/*[2]")?.exist(&document, &NoBindings)?;
    Ok(code.filter(|_| is_alone).and_then(|code| code.trim().parse().ok()))
}

/// Text as XML content; characters that XML 1.0 has no place for become `?`.
pub(crate) fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\r' => escaped.push_str("&#x0D;"),
            '\t' | '\n' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Whether no question to the configuration service is raised for a service: its own name, and the broker's own
/// services.
pub(crate) fn is_exempt_from_notices(service: &str) -> bool {
    let own = [
        "Notifications/QueryNotificationService",
        "Notifications/EventNotificationService",
        "ServiceBroker/ServiceBroker",
    ];
    let is_own = |prefix: &str| service.strip_prefix(prefix).is_some_and(|rest| own.contains(&rest));
    service == BROKER_CONFIGURATION
        || is_own("http://schemas.microsoft.com/SQL/")
        || is_own("https://schemas.microsoft.com/SQL/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_error_documents() {
        let written = |text: &str| error_code(&utf16_body(text)).map_err(|error| error.number);
        let with = |code: &str| written(&format!("<Error xmlns=\"{ERROR}\"><Code>{code}</Code></Error>"));
        assert_eq!(error_code(&error_body(7, "a <b> & c")).unwrap(), Some(7));
        assert_eq!(error_code(&error_body(-8462, "")).unwrap(), Some(-8462));
        assert_eq!(
            [with("1"), with("x"), with(""), with("9999999999")],
            [Ok(Some(1)), Ok(None), Ok(None), Ok(None)]
        );
        assert_eq!(written("<Error><Code>1</Code></Error>"), Ok(None), "another namespace");
        let one = format!("<Error xmlns=\"{ERROR}\"><Code>1</Code></Error>");
        assert_eq!(written(&[one.clone(), one].concat()), Ok(None));
        assert_eq!(written(""), Ok(None));
        assert!(written("<Error><Code>").is_err());
        assert_eq!(error_code(b"").unwrap(), None);
    }
}
