//! A recursive descent parser for the numeric part of CEL.

use super::VARIABLES;
use super::value::{Binary, Kind, Value};

/// Maximum nesting depth of parentheses and signs.
const MOST_LEVELS: usize = 100;

/// An expression.
#[derive(Debug)]
pub(super) enum Tree {
    Literal(Value),
    Variable(String),
    Not(Box<Tree>),
    Minus(Box<Tree>),
    Cast(Kind, Box<Tree>),
    Binary(Binary, Box<Tree>, Box<Tree>),
    Choice(Box<Tree>, Box<Tree>, Box<Tree>),
}

impl Tree {
    /// Returns the type of the result, or a type error.
    pub(super) fn kind(&self) -> Result<Kind, String> {
        let truth = |tree: &Tree, what: &str| match tree.kind()? {
            Kind::Bool => Ok(Kind::Bool),
            other => Err(format!("{what} must be true or false, got: {}.", other.name())),
        };
        match self {
            Self::Literal(value) => Ok(value.kind()),
            Self::Variable(_) => Ok(Kind::Int),
            Self::Not(inner) => truth(inner, "The operand of \"!\""),
            Self::Minus(inner) => match inner.kind()? {
                kind @ (Kind::Int | Kind::Double) => Ok(kind),
                other => Err(format!("The operator \"-\" does not support {}.", other.name())),
            },
            Self::Cast(kind, inner) => match inner.kind()? {
                Kind::Bool => Err(format!("{}() requires a number, not a bool.", kind.name())),
                _ => Ok(*kind),
            },
            Self::Binary(operator, left, right) => operator.kind(left.kind()?, right.kind()?),
            Self::Choice(condition, yes, no) => {
                truth(condition, "The condition of \"?\"")?;
                match (yes.kind()?, no.kind()?) {
                    (yes, no) if yes == no => Ok(yes),
                    (yes, no) => Err(format!(
                        "The results of \"?\" are {} and {}, but must have the same type.",
                        yes.name(),
                        no.name()
                    )),
                }
            }
        }
    }

    /// Evaluates the expression with these variables.
    pub(super) fn value(&self, variable: &impl Fn(&str) -> i64) -> Result<Value, String> {
        match self {
            Self::Literal(value) => Ok(*value),
            Self::Variable(name) => Ok(Value::Int(variable(name))),
            Self::Not(inner) => inner.value(variable)?.not(),
            Self::Minus(inner) => inner.value(variable)?.negative(),
            Self::Cast(kind, inner) => inner.value(variable)?.cast(*kind),
            Self::Binary(operator @ (Binary::And | Binary::Or), left, right) => {
                // In CEL, either side can decide the result.
                let decides = Value::Bool(*operator == Binary::Or);
                match (left.value(variable), right.value(variable)) {
                    (Ok(value), _) | (_, Ok(value)) if value == decides => Ok(decides),
                    (left, right) => left.and(right),
                }
            }
            Self::Binary(operator, left, right) => operator.apply(left.value(variable)?, right.value(variable)?),
            Self::Choice(condition, yes, no) => {
                if condition.value(variable)? == Value::Bool(true) {
                    yes.value(variable)
                } else {
                    no.value(variable)
                }
            }
        }
    }
}

/// Parses an expression.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, levels: 0 };
    let tree = parser.choice()?;
    match parser.peek() {
        None => Ok(tree),
        Some(token) => Err(format!("Unexpected {token:?}.")),
    }
}

/// Returns the words, numbers, and operators.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() || first == '.' && starts_with_digit(&rest[1..]) {
            number_length(rest)
        } else if first.is_ascii_alphabetic() || first == '_' {
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len())
        } else if ["<=", ">=", "==", "!=", "&&", "||"].iter().any(|operator| rest.starts_with(operator)) {
            2
        } else if "+-*/%()<>!?:,.".contains(first) {
            1
        } else {
            return Err(format!("CEL does not support {first:?} in an arithmetic expression."));
        };
        found.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

/// Returns the length of the number: decimal or hexadecimal, with a point, an exponent, or the `u` of an unsigned
/// number.
fn number_length(text: &str) -> usize {
    let digits = |from: usize, radix: u32| {
        from + text[from..].bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count()
    };
    let mut end = if text.starts_with("0x") { digits(2, 16) } else { digits(0, 10) };
    if !text.starts_with("0x") {
        if text[end..].starts_with('.') && starts_with_digit(&text[end + 1..]) {
            end = digits(end + 1, 10);
        }
        if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            if starts_with_digit(&exponent[sign..]) {
                end = digits(end + 1 + sign, 10);
            }
        }
    }
    end + usize::from(text[end..].starts_with(['u', 'U']))
}

struct Parser {
    tokens: Vec<String>,
    next: usize,
    levels: usize,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(String::as_str)
    }

    /// Returns whether the next token is this one, and consumes it.
    fn takes(&mut self, token: &str) -> bool {
        let is_next = self.peek() == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        match (self.takes(token), self.peek()) {
            (true, _) => Ok(()),
            (false, Some(other)) => Err(format!("Unexpected {other:?}, expected {token:?}.")),
            (false, None) => Err(format!("Unexpected end of the expression, expected {token:?}.")),
        }
    }

    fn choice(&mut self) -> Result<Tree, String> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return Err(format!("The expression is nested more than {MOST_LEVELS} levels deep."));
        }
        let condition = self.binary(0)?;
        let tree = if self.takes("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            Tree::Choice(Box::new(condition), Box::new(yes), Box::new(self.choice()?))
        } else {
            condition
        };
        self.levels -= 1;
        Ok(tree)
    }

    /// The operators, from the lowest to the highest precedence.
    fn binary(&mut self, level: usize) -> Result<Tree, String> {
        let Some(operators) = Binary::LEVELS.get(level) else { return self.unary() };
        let mut tree = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.peek() == Some(operator.sign())) {
            self.next += 1;
            tree = Tree::Binary(*operator, Box::new(tree), Box::new(self.binary(level + 1)?));
        }
        Ok(tree)
    }

    fn unary(&mut self) -> Result<Tree, String> {
        let sign = self.peek().filter(|token| ["!", "-"].contains(token)).map(str::to_owned);
        let Some(sign) = sign else { return self.primary() };
        let mut count = 0;
        while self.takes(&sign) {
            count += 1;
        }
        if count > MOST_LEVELS {
            return Err(format!("The expression is nested more than {MOST_LEVELS} levels deep."));
        }
        // The smallest integer has no positive counterpart.
        let number = self.peek().filter(|_| sign == "-").map(|token| format!("-{token}"));
        let mut tree = match number.as_deref().and_then(|number| number.parse::<i64>().ok()) {
            Some(number) => {
                self.next += 1;
                count -= 1;
                Tree::Literal(Value::Int(number))
            }
            None => self.primary()?,
        };
        // In CEL, two identical signs cancel each other.
        for _ in 0..count % 2 {
            tree = if sign == "!" { Tree::Not(Box::new(tree)) } else { Tree::Minus(Box::new(tree)) };
        }
        Ok(tree)
    }

    fn primary(&mut self) -> Result<Tree, String> {
        let Some(token) = self.peek().map(str::to_owned) else {
            return Err("Unexpected end of the expression, expected a number.".to_owned());
        };
        self.next += 1;
        let casts = [("int", Kind::Int), ("uint", Kind::Uint), ("double", Kind::Double)];
        if let Some((_, kind)) = casts.iter().find(|(name, _)| *name == token) {
            self.expect("(")?;
            let inner = self.choice()?;
            self.expect(")")?;
            return Ok(Tree::Cast(*kind, Box::new(inner)));
        }
        match token.as_str() {
            "(" => {
                let inner = self.choice()?;
                self.expect(")")?;
                Ok(inner)
            }
            "true" | "false" => Ok(Tree::Literal(Value::Bool(token == "true"))),
            name if VARIABLES.contains(&name) => Ok(Tree::Variable(token)),
            number if number.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') && number != "." => {
                Value::literal(number).map(Tree::Literal)
            }
            name if name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') => Err(format!(
                "nodeadm does not support {name:?} in a number expression. Available: {}, int(), uint(), and double().",
                VARIABLES.join(", ")
            )),
            other => Err(format!("Unexpected {other:?}.")),
        }
    }
}
