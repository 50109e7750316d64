//! Exact numbers of up to 38 digits.

use std::cmp::Ordering;
use std::fmt;

use crate::value::Decimal;

/// Most digits of a `decimal`.
pub const MAX_PRECISION: u8 = 38;

/// `10^exponent`; an exponent beyond 38 does not fit.
pub(crate) const fn power_of_ten(exponent: u32) -> Option<i128> {
    10i128.checked_pow(exponent)
}

impl Decimal {
    /// A whole number.
    pub const fn from_integer(value: i64) -> Self {
        Self { mantissa: value as i128, scale: 0 }
    }

    /// The same number with `scale` digits after the point, halves rounded away from zero; `None` where it has
    /// more than 38 digits then.
    pub fn rescale(self, scale: u8) -> Option<Self> {
        let mantissa = if scale >= self.scale {
            self.mantissa.checked_mul(power_of_ten(u32::from(scale - self.scale))?)?
        } else {
            round_half_away(self.mantissa, power_of_ten(u32::from(self.scale - scale))?)
        };
        Self { mantissa, scale }.within(MAX_PRECISION)
    }

    /// The number as `decimal(precision, scale)`; `None` where it overflows.
    pub fn to_type(self, precision: u8, scale: u8) -> Option<Self> {
        self.rescale(scale)?.within(precision)
    }

    /// The number without what follows the point.
    pub fn truncated(self) -> i128 {
        power_of_ten(u32::from(self.scale)).map_or(0, |unit| self.mantissa / unit)
    }

    /// The nearest `float`.
    pub fn to_f64(self) -> f64 {
        // Through the text, because a quotient of two roundings is not the nearest number.
        self.to_string().parse().unwrap_or(0.0)
    }

    /// Reads `[+-]digits[.digits]`; digits after the 38th that follow the point are rounded away.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (is_negative, digits) = split_sign(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_number(whole) || !is_number(fraction) {
            return Err(DecimalError::Syntax);
        }
        let whole = whole.trim_start_matches('0');
        let room = usize::from(MAX_PRECISION).checked_sub(whole.len()).ok_or(DecimalError::Overflow)?;
        let kept = &fraction[..fraction.len().min(room)];
        let mut mantissa = 0i128;
        for digit in whole.bytes().chain(kept.bytes()) {
            mantissa = mantissa * 10 + i128::from(digit - b'0');
        }
        if fraction.as_bytes().get(kept.len()).is_some_and(|&digit| digit >= b'5') {
            mantissa += 1;
        }
        let mantissa = if is_negative { -mantissa } else { mantissa };
        Self { mantissa, scale: kept.len() as u8 }.within(MAX_PRECISION).ok_or(DecimalError::Overflow)
    }

    /// `self + other` at `scale`.
    pub fn add(self, other: Self, scale: u8) -> Option<Self> {
        let (left, right) = (self.rescale(scale)?, other.rescale(scale)?);
        Self { mantissa: left.mantissa.checked_add(right.mantissa)?, scale }.within(MAX_PRECISION)
    }

    /// `self × other`, rounded to `scale`.
    pub fn multiply(self, other: Self, scale: u8) -> Option<Self> {
        let product_scale = self.scale.saturating_add(other.scale);
        if let Some(mantissa) = self.mantissa.checked_mul(other.mantissa)
            && scale <= product_scale
        {
            let divisor = power_of_ten(u32::from(product_scale - scale))?;
            return Self { mantissa: round_half_away(mantissa, divisor), scale }.within(MAX_PRECISION);
        }
        let divisor = power_of_ten(u32::from(product_scale.checked_sub(scale)?))?.unsigned_abs();
        let wide = Wide::product(self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        let magnitude = i128::try_from(wide.divide_rounded(divisor)?).ok()?;
        let is_negative = (self.mantissa < 0) != (other.mantissa < 0);
        Self { mantissa: if is_negative { -magnitude } else { magnitude }, scale }.within(MAX_PRECISION)
    }

    /// `self ÷ other` with `scale` digits, the rest cut off; `None` for overflow. `other` is not zero.
    pub fn divide(self, other: Self, scale: u8) -> Option<Self> {
        let divisor = other.mantissa.unsigned_abs();
        let dividend = self.mantissa.unsigned_abs();
        let mut quotient = dividend.checked_div(divisor)?;
        let mut remainder = dividend % divisor;
        let shift = i32::from(scale) - i32::from(self.scale) + i32::from(other.scale);
        for _ in 0..shift {
            let (digit, rest) = Wide::product(remainder, 10).divide_small(divisor);
            quotient = quotient.checked_mul(10)?.checked_add(digit)?;
            remainder = rest;
        }
        if shift < 0 {
            quotient /= power_of_ten(shift.unsigned_abs())?.unsigned_abs();
        }
        let magnitude = i128::try_from(quotient).ok()?;
        let is_negative = (self.mantissa < 0) != (other.mantissa < 0);
        Self { mantissa: if is_negative { -magnitude } else { magnitude }, scale }.within(MAX_PRECISION)
    }

    /// The remainder of `self ÷ other` with the sign of `self`. `other` is not zero.
    pub fn remainder(self, other: Self, scale: u8) -> Option<Self> {
        let (left, right) = (self.rescale(scale)?, other.rescale(scale)?);
        Some(Self { mantissa: left.mantissa.checked_rem(right.mantissa)?, scale })
    }

    /// Order by value, whatever the scales.
    pub fn compare(self, other: Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }

    /// Whole part and fraction in units of 10⁻³⁸, both with the number's sign.
    pub(crate) fn parts(self) -> (i128, i128) {
        let unit = power_of_ten(u32::from(self.scale)).unwrap_or(i128::MAX);
        let to_finest = power_of_ten(u32::from(MAX_PRECISION.saturating_sub(self.scale))).unwrap_or(1);
        (self.mantissa / unit, (self.mantissa % unit) * to_finest)
    }

    fn within(self, precision: u8) -> Option<Self> {
        (self.mantissa.unsigned_abs() < power_of_ten(u32::from(precision))?.unsigned_abs()).then_some(self)
    }
}

/// Why a text is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not of the form `[+-]digits[.digits]`.
    Syntax,
    /// More than 38 digits.
    Overflow,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let point = if scale == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn round_half_away(mantissa: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (mantissa / divisor, mantissa % divisor);
    // Doubling the remainder could overflow, so the other half is compared.
    if remainder.abs() >= divisor - remainder.abs() { quotient + mantissa.signum() } else { quotient }
}

/// An unsigned number of 256 bits, for products.
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(left: u128, right: u128) -> Self {
        const HALF: u128 = u64::MAX as u128;
        let (left_high, left_low) = (left >> 64, left & HALF);
        let (right_high, right_low) = (right >> 64, right & HALF);
        let lowest = left_low * right_low;
        let (middle, middle_carry) = (left_high * right_low).overflowing_add(left_low * right_high);
        let (low, low_carry) = lowest.overflowing_add(middle << 64);
        let high = left_high * right_high
            + (middle >> 64)
            + (u128::from(middle_carry) << 64)
            + u128::from(low_carry);
        Self { high, low }
    }

    /// The quotient, halves rounded up; `None` where it exceeds 128 bits.
    fn divide_rounded(&self, divisor: u128) -> Option<u128> {
        if self.high >= divisor {
            return None;
        }
        let (mut remainder, mut quotient) = (self.high, 0u128);
        for bit in (0..128).rev() {
            // A divisor is at most 10^38, so the shifted remainder fits.
            remainder = (remainder << 1) | ((self.low >> bit) & 1);
            if remainder >= divisor {
                remainder -= divisor;
                quotient |= 1 << bit;
            }
        }
        if remainder >= divisor - remainder { quotient.checked_add(1) } else { Some(quotient) }
    }

    /// Quotient and remainder where the quotient is one digit.
    fn divide_small(mut self, divisor: u128) -> (u128, u128) {
        let mut quotient = 0;
        while self.high > 0 || self.low >= divisor {
            let (low, borrow) = self.low.overflowing_sub(divisor);
            self.low = low;
            self.high -= u128::from(borrow);
            quotient += 1;
        }
        (quotient, self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn texts_round_trip() {
        for text in ["0", "1", "-1", "0.5", "-0.50", "12345.678", "99999999999999999999999999999999999999"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal(".5").to_string(), "0.5");
        assert_eq!(decimal("+5.").to_string(), "5");
        for text in ["", ".", "-", "1e5", "1,0", "0x1", "1.2.3", "½"] {
            assert_eq!(Decimal::parse(text), Err(DecimalError::Syntax), "{text}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(39)), Err(DecimalError::Overflow));
        assert_eq!(decimal(&format!("0.{}5", "0".repeat(37))).mantissa, 5);
    }

    #[test]
    fn scales_round_half_away_from_zero() {
        let cases = [
            ("1.5", 0, "2"),
            ("-1.5", 0, "-2"),
            ("1.49", 1, "1.5"),
            ("2.5", 3, "2.500"),
            ("-0.04", 1, "0.0"),
        ];
        for (text, scale, expected) in cases {
            assert_eq!(decimal(text).rescale(scale).unwrap().to_string(), expected, "{text} at {scale}");
        }
        assert_eq!(decimal("10").rescale(37), None);
        assert_eq!(decimal("100").to_type(2, 0), None);
    }

    #[test]
    fn quotients_are_cut_and_products_rounded() {
        assert_eq!(decimal("2").divide(decimal("3"), 6).unwrap().to_string(), "0.666666");
        assert_eq!(decimal("-1.00").divide(decimal("0.03"), 4).unwrap().to_string(), "-33.3333");
        let big = decimal("9999999999999999999999999999.9999999999");
        assert_eq!(
            big.multiply(decimal("0.1000000000"), 10).unwrap().to_string(),
            "1000000000000000000000000000.0000000000"
        );
        assert_eq!(big.multiply(big, 6), None);
        assert_eq!(decimal("7.5").remainder(decimal("-2"), 1).unwrap().to_string(), "1.5");
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_i128(a in -1_000_000_000_000i64.., b in -1_000_000_000_000i64..) {
            let (a, b) = (a % 1_000_000_000_000, b % 1_000_000_000_000);
            let (left, right) = (Decimal { mantissa: a.into(), scale: 3 }, Decimal { mantissa: b.into(), scale: 5 });
            prop_assert_eq!(left.add(right, 5).unwrap().mantissa, i128::from(a) * 100 + i128::from(b));
            prop_assert_eq!(left.multiply(right, 8).unwrap().mantissa, i128::from(a) * i128::from(b));
            if b != 0 {
                let expected = i128::from(a) * 1_000_000_000_000 / i128::from(b);
                prop_assert_eq!(left.divide(right, 10).unwrap().mantissa, expected);
            }
            prop_assert_eq!(left.compare(right), (i128::from(a) * 100).cmp(&i128::from(b)));
        }

        #[test]
        fn wide_products_divide_back(a in 0u128..10u128.pow(38), b in 1u128..10u128.pow(38)) {
            prop_assert_eq!(Wide::product(a, b).divide_rounded(b), Some(a));
        }

        #[test]
        fn text_round_trips(mantissa in -(10i128.pow(38) - 1)..10i128.pow(38), scale in 0u8..=38) {
            let value = Decimal { mantissa, scale };
            prop_assert_eq!(Decimal::parse(&value.to_string()), Ok(value));
        }
    }
}
