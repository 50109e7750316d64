//! Texts of approximate numbers.

/// `float` and `real` as text. Style 0 has six digits at most, 1 has 8 and 2 has 16 in scientific notation, 3 has
/// 17, which no other number shares.
pub(crate) fn format_float(value: f64, style: i32) -> String {
    match style {
        1 => scientific(value, 8),
        2 => scientific(value, 16),
        3 => general(value, 17),
        _ => general(value, 6),
    }
}

/// As C's `%.<digits>g` prints it, with SQL Server's exponents of three digits.
fn general(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = scientific(value, digits);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits as i32 {
        let mantissa = without_trailing_zeros(mantissa);
        return format!("{mantissa}e{exponent:+04}");
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    without_trailing_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.precision$e}", precision = digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{exponent:+04}")
}

fn without_trailing_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn styles_of_float() {
        let cases = [
            (1234567.0, 0, "1.23457e+006"),
            (123456.0, 0, "123456"),
            (0.1, 0, "0.1"),
            (0.0001, 0, "0.0001"),
            (0.00001, 0, "1e-005"),
            (-2.50, 0, "-2.5"),
            (0.0, 0, "0"),
            (1e100, 0, "1e+100"),
            (999999.5, 0, "1e+006"),
            (1234.5, 1, "1.2345000e+003"),
            (0.1, 2, "1.000000000000000e-001"),
            (0.1, 3, "0.10000000000000001"),
        ];
        for (value, style, expected) in cases {
            assert_eq!(format_float(value, style), expected, "{value} style {style}");
        }
    }
}
