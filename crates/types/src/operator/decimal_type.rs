//! Precision and scale of decimal results (the page "Precision, scale, and length").

use super::Operator;

const MOST: i16 = 38;

/// Precision and scale of `left operator right`, each given as (precision, scale).
pub(super) fn decimal_type(operator: Operator, left: (u8, u8), right: (u8, u8)) -> (u8, u8) {
    let (p1, s1) = (i16::from(left.0), i16::from(left.1));
    let (p2, s2) = (i16::from(right.0), i16::from(right.1));
    let (precision, scale) = match operator {
        Operator::Multiply => reduced(p1 + p2 + 1, s1 + s2),
        Operator::Divide => {
            let scale = (s1 + p2 + 1).max(6);
            reduced(p1 - s1 + s2 + scale, scale)
        }
        Operator::Modulo => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
        _ => {
            let (scale, whole) = (s1.max(s2), (p1 - s1).max(p2 - s2));
            let precision = (whole + scale + 1).min(MOST);
            // The whole part keeps its room, the fraction gives way.
            (precision, scale.min(precision - whole))
        }
    };
    let precision = precision.clamp(1, MOST);
    (precision as u8, scale.clamp(0, precision) as u8)
}

/// Products and quotients that are too long lose digits after the point, down to six where the whole part needs the
/// room.
fn reduced(precision: i16, scale: i16) -> (i16, i16) {
    if precision <= MOST {
        return (precision, scale);
    }
    let whole = precision - scale;
    let scale = if whole < 32 { scale.min(MOST - whole) } else { scale.min(6) };
    (MOST, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_types() {
        let cases = [
            (Operator::Add, (5, 2), (10, 4), (11, 4)),
            (Operator::Add, (38, 10), (38, 4), (38, 4)),
            (Operator::Multiply, (5, 2), (10, 4), (16, 6)),
            (Operator::Multiply, (38, 20), (38, 20), (38, 6)),
            (Operator::Divide, (5, 2), (10, 4), (20, 13)),
            (Operator::Divide, (10, 0), (10, 0), (21, 11)),
            (Operator::Divide, (38, 38), (38, 0), (38, 38)),
            (Operator::Modulo, (5, 2), (10, 4), (7, 4)),
        ];
        for (operator, left, right, expected) in cases {
            assert_eq!(decimal_type(operator, left, right), expected, "{operator:?} {left:?} {right:?}");
        }
    }
}
