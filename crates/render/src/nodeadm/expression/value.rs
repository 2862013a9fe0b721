//! The numbers and booleans of CEL, and its operators.

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Uint,
    Double,
    Bool,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::Bool => "bool",
        }
    }
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Int(i64),
    Uint(u64),
    Double(f64),
    Bool(bool),
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
}

impl Binary {
    /// From the lowest to the highest precedence.
    pub(super) const LEVELS: [&[Self]; 5] = [
        &[Self::Or],
        &[Self::And],
        &[Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual, Self::Equal, Self::NotEqual],
        &[Self::Plus, Self::Minus],
        &[Self::Times, Self::Divide, Self::Remainder],
    ];

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Returns the result type for two operand types. CEL has no implicit conversions.
    pub(super) fn kind(self, left: Kind, right: Kind) -> Result<Kind, String> {
        let sign = self.sign();
        if left != right {
            let (left, right) = (left.name(), right.name());
            return Err(format!(
                "{sign:?} does not support {left} and {right}. Convert one of them, for example with double()."
            ));
        }
        let none = |kind: Kind| Err(format!("{sign:?} does not support the type {}.", kind.name()));
        match self {
            Self::Or | Self::And if left != Kind::Bool => none(left),
            Self::Plus | Self::Minus | Self::Times | Self::Divide if left == Kind::Bool => none(left),
            Self::Remainder if matches!(left, Kind::Bool | Kind::Double) => none(left),
            Self::Plus | Self::Minus | Self::Times | Self::Divide | Self::Remainder => Ok(left),
            _ => Ok(Kind::Bool),
        }
    }

    /// Returns the result for two values of the same type.
    pub(super) fn apply(self, left: Value, right: Value) -> Result<Value, String> {
        let zero = [Value::Int(0), Value::Uint(0)].contains(&right);
        if zero && matches!(self, Self::Divide | Self::Remainder) {
            return Err("the expression divides by zero".to_owned());
        }
        match (self, left, right) {
            (Self::Plus | Self::Minus | Self::Times | Self::Divide | Self::Remainder, Value::Int(a), Value::Int(b)) => {
                let result = match self {
                    Self::Plus => a.checked_add(b),
                    Self::Minus => a.checked_sub(b),
                    Self::Times => a.checked_mul(b),
                    Self::Divide => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                result.map(Value::Int).ok_or_else(too_large)
            }
            (
                Self::Plus | Self::Minus | Self::Times | Self::Divide | Self::Remainder,
                Value::Uint(a),
                Value::Uint(b),
            ) => {
                let result = match self {
                    Self::Plus => a.checked_add(b),
                    Self::Minus => a.checked_sub(b),
                    Self::Times => a.checked_mul(b),
                    Self::Divide => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                result.map(Value::Uint).ok_or_else(too_large)
            }
            (Self::Plus, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
            (Self::Minus, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
            (Self::Times, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
            (Self::Divide, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
            _ => self.compare(left, right),
        }
    }

    fn compare(self, left: Value, right: Value) -> Result<Value, String> {
        let order = match (left, right) {
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
            (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(&b)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
            (Value::Double(a), Value::Double(b)) => a.partial_cmp(&b),
            _ => None,
        };
        if order.is_none() && !matches!(self, Self::Equal | Self::NotEqual) {
            return Err("a value that is not a number is compared".to_owned());
        }
        let truth = match self {
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
            Self::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
            _ => !order.is_some_and(std::cmp::Ordering::is_eq),
        };
        Ok(Value::Bool(truth))
    }
}

fn too_large() -> String {
    "a number is too large".to_owned()
}

impl Value {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Int(_) => Kind::Int,
            Self::Uint(_) => Kind::Uint,
            Self::Double(_) => Kind::Double,
            Self::Bool(_) => Kind::Bool,
        }
    }

    /// Parses a number literal.
    pub(super) fn literal(text: &str) -> Result<Self, String> {
        let wrong = || format!("The number {text} is too large.");
        let digits = text.strip_suffix(['u', 'U']);
        let unsigned = digits.unwrap_or(text);
        if let Some(hexadecimal) = unsigned.strip_prefix("0x") {
            let signed = || i64::from_str_radix(hexadecimal, 16).map(Self::Int);
            let number = if digits.is_some() { u64::from_str_radix(hexadecimal, 16).map(Self::Uint) } else { signed() };
            return number.map_err(|_| wrong());
        }
        if digits.is_some() {
            return unsigned.parse().map(Self::Uint).map_err(|_| wrong());
        }
        if text.contains(['.', 'e', 'E']) {
            return text.parse().map(Self::Double).map_err(|_| wrong());
        }
        text.parse().map(Self::Int).map_err(|_| wrong())
    }

    pub(super) fn not(self) -> Result<Self, String> {
        if let Self::Bool(truth) = self { Ok(Self::Bool(!truth)) } else { Err(too_large()) }
    }

    pub(super) fn negative(self) -> Result<Self, String> {
        match self {
            Self::Int(number) => number.checked_neg().map(Self::Int).ok_or_else(too_large),
            Self::Double(number) => Ok(Self::Double(-number)),
            Self::Uint(_) | Self::Bool(_) => Err(too_large()),
        }
    }

    pub(super) fn to_int(self) -> Result<Self, String> {
        self.cast(Kind::Int)
    }

    /// Converts the number to another kind. Fractions are truncated.
    pub(super) fn cast(self, kind: Kind) -> Result<Self, String> {
        // The ends of the integer ranges are not doubles, and CEL excludes them.
        let ends = (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0, 18_446_744_073_709_551_615.0);
        match (kind, self) {
            (Kind::Int, Self::Double(number)) if number > ends.0 && number < ends.1 => Ok(Self::Int(number as i64)),
            (Kind::Uint, Self::Double(number)) if number >= 0.0 && number < ends.2 => Ok(Self::Uint(number as u64)),
            (Kind::Int, Self::Uint(number)) => i64::try_from(number).map(Self::Int).map_err(|_| too_large()),
            (Kind::Uint, Self::Int(number)) => u64::try_from(number).map(Self::Uint).map_err(|_| too_large()),
            (Kind::Double, Self::Int(number)) => Ok(Self::Double(number as f64)),
            (Kind::Double, Self::Uint(number)) => Ok(Self::Double(number as f64)),
            (kind, value) if value.kind() == kind => Ok(value),
            _ => Err(too_large()),
        }
    }
}
