//! Decimal arithmetic for Sprig's `addf`, `subf`, `mulf` and `divf`: 0.1 and 0.2 make 0.3 there.

/// `mantissa` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// A quotient has so many digits behind the point.
const QUOTIENT_DIGITS: i32 = 16;

impl Decimal {
    /// The shortest decimal that reads as this number.
    pub(super) fn new(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let shortest = format!("{number:e}");
        let (digits, exponent) = shortest.split_once('e')?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?;
        Some(Self { mantissa, exponent })
    }

    pub(super) fn float(self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let mantissa = self.scaled(exponent)?.checked_add(other.scaled(exponent)?)?;
        Some(Self { mantissa, exponent })
    }

    pub(super) fn sub(self, other: Self) -> Option<Self> {
        self.add(Self {
            mantissa: other.mantissa.checked_neg()?,
            ..other
        })
    }

    pub(super) fn mul(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Self {
            mantissa,
            exponent: self.exponent + other.exponent,
        })
    }

    /// Rounded half away from zero; none when dividing by zero.
    pub(super) fn div(self, other: Self) -> Option<Self> {
        let shift = self.exponent - other.exponent + QUOTIENT_DIGITS;
        let power = 10_i128.checked_pow(shift.unsigned_abs())?;
        let (above, below) = if shift >= 0 {
            (self.mantissa.checked_mul(power)?, other.mantissa)
        } else {
            (self.mantissa, other.mantissa.checked_mul(power)?)
        };
        let quotient = above.checked_div(below)?;
        let rest = above.checked_rem(below)?;
        let up = rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs();
        let away = if (above < 0) == (below < 0) { 1 } else { -1 };
        Some(Self {
            mantissa: if up { quotient + away } else { quotient },
            exponent: -QUOTIENT_DIGITS,
        })
    }

    fn scaled(self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent - exponent).ok()?;
        self.mantissa.checked_mul(10_i128.checked_pow(power)?)
    }
}
