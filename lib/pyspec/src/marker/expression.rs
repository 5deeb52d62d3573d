//! What a marker is made of.

use super::Variable;
use crate::name::Name;
use crate::specifier::Operator;

/// Holds a marker or a part of one.
///
/// `and` binds closer than `or`; what stood in parentheses is kept as a group, since printing keeps
/// them too. [`Expression::Any`] has no [`Expression::Any`] below it, nor [`Expression::All`]
/// another, but in a group.
///
/// ```
/// use pyspec::marker::{Expression, Marker};
///
/// let marker: Marker = "os_name == 'nt' and (os_name == 'a' or os_name == 'b')".parse()?;
/// let Expression::All(parts) = marker.expression() else { panic!("not an `and`") };
/// assert!(matches!(parts[..], [Expression::Comparison(_), Expression::Group(_)]));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expression {
    /// Two things compared.
    Comparison(Comparison),
    /// Parts with `and` between them.
    All(Vec<Expression>),
    /// Parts with `or` between them.
    Any(Vec<Expression>),
    /// Several parts in parentheses.
    Group(Box<Expression>),
}

/// Holds one comparison.
///
/// ```
/// use pyspec::marker::{Expression, Marker, Operand, Variable};
///
/// let marker: Marker = "os_name == 'nt'".parse()?;
/// let Expression::Comparison(comparison) = marker.expression() else { panic!("no comparison") };
/// assert_eq!(comparison.left, Operand::Variable(Variable::OsName));
/// assert_eq!(comparison.right, Operand::Literal("nt".into()));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Comparison {
    /// What stands on the left.
    pub left: Operand,
    /// What stands between.
    pub operator: MarkerOperator,
    /// What stands on the right.
    pub right: Operand,
}

/// Holds one side of a comparison.
///
/// ```
/// use pyspec::marker::{Operand, Variable};
///
/// assert_eq!(Operand::Variable(Variable::OsName).as_str(), "os_name");
/// assert_eq!(Operand::Literal("nt".into()).as_str(), "nt");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A variable.
    Variable(Variable),
    /// A text that stood in quotes.
    Literal(String),
}

impl Operand {
    /// Gives the text, or the name of the variable.
    ///
    /// ```
    /// use pyspec::marker::{Operand, Variable};
    ///
    /// assert_eq!(Operand::Variable(Variable::Extra).as_str(), "extra");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Variable(variable) => variable.name(),
            Self::Literal(text) => text,
        }
    }

    pub(super) fn is(&self, variable: Variable) -> bool {
        *self == Self::Variable(variable)
    }
}

/// Names what stands between the sides of a comparison.
///
/// ```
/// assert_eq!(pyspec::marker::MarkerOperator::NotIn.as_str(), "not in");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkerOperator {
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// An operator of specifiers, which some variables compare as versions and the others as text.
    Compare(Operator),
}

impl MarkerOperator {
    /// Gives the operator as it is written.
    ///
    /// ```
    /// use pyspec::marker::MarkerOperator;
    /// use pyspec::specifier::Operator;
    ///
    /// assert_eq!(MarkerOperator::Compare(Operator::Less).as_str(), "<");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Compare(operator) => operator.as_str(),
        }
    }
}

impl Comparison {
    /// Makes a comparison, with names of extras and groups normalised as PEP 685 asks.
    pub(super) fn normalised(left: Operand, operator: MarkerOperator, right: Operand) -> Self {
        let names_set = right.is(Variable::Extras) || right.is(Variable::DependencyGroups);
        let (left, right) = match (left, right) {
            (left, Operand::Literal(text)) if left.is(Variable::Extra) => (left, canonical(&text)),
            (Operand::Literal(text), right) if names_set || right.is(Variable::Extra) => {
                (canonical(&text), right)
            }
            sides => sides,
        };
        Self {
            left,
            operator,
            right,
        }
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = Variable> {
        let variable = |side: &Operand| match side {
            Operand::Variable(variable) => Some(*variable),
            Operand::Literal(_) => None,
        };
        variable(&self.left).into_iter().chain(variable(&self.right))
    }
}

fn canonical(text: &str) -> Operand {
    Operand::Literal(crate::name::canonicalize(text))
}

impl Expression {
    /// Joins parts by `and`; a single part stays itself.
    pub(super) fn all(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Self::All(parts)
        }
    }

    /// Joins parts by `or`; a single part stays itself.
    pub(super) fn any(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Self::Any(parts)
        }
    }

    /// Puts several parts into parentheses.
    pub(super) fn grouped(self) -> Self {
        match self {
            Self::Comparison(_) | Self::Group(_) => self,
            Self::All(_) | Self::Any(_) => Self::Group(Box::new(self)),
        }
    }

    /// Visits every comparison from left to right.
    pub(super) fn for_each(&self, visit: &mut impl FnMut(&Comparison)) {
        match self {
            Self::Comparison(comparison) => visit(comparison),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.for_each(visit)),
            Self::Group(inner) => inner.for_each(visit),
        }
    }

    /// Gives the extra without which this part is false.
    pub(super) fn required_extra(&self) -> Option<Name> {
        let Self::Comparison(Comparison {
            left,
            operator,
            right,
        }) = self
        else {
            return None;
        };
        if *operator != MarkerOperator::Compare(Operator::Equal) {
            return None;
        }
        match (left, right) {
            (extra, Operand::Literal(name)) | (Operand::Literal(name), extra)
                if extra.is(Variable::Extra) =>
            {
                Name::parse(name).ok()
            }
            _ => None,
        }
    }
}
