//! The T-SQL parser.

use duologue_tsql::{
    ParseOptions, parse_batch, parse_condition, parse_data_type, parse_expression, parse_object_name,
    parse_parameters, split_batches,
};

/// A batch, with double quotes as names and as strings. A refusal says why.
pub(crate) fn batch(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for quoted_identifier in [true, false] {
        if let Err(errors) = parse_batch(&text, &ParseOptions { quoted_identifier }) {
            assert!(!errors.is_empty());
        }
    }
}

/// What is parsed alone (parameter lists, types, names, expressions, conditions), and scripts with GO.
pub(crate) fn fragment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = parse_parameters(&text);
    let _ = parse_data_type(&text);
    let _ = parse_object_name(&text);
    let _ = parse_expression(&text);
    let _ = parse_condition(&text);
    let _ = split_batches(&text);
}
