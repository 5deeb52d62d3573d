//! Environment markers (PEP 508, PEP 685, PEP 751).
//!
//! ```
//! use pyspec::marker::{Environment, Extras, Marker};
//!
//! let marker: Marker = "python_version < '3.11' and extra == 'Test'".parse()?;
//! assert_eq!(marker.to_string(), r#"python_version < "3.11" and extra == "test""#);
//!
//! let environment = Environment { python_version: Some("3.10".into()), ..Environment::default() };
//! assert!(!marker.try_evaluate(&environment, &Extras::none())?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where this differs from `packaging`: a text with `\N{…}` or with a surrogate is refused, and so are
//! more than 200 parentheses within each other; a text that `packaging` prints so that it reads as
//! something else, or cannot print, is printed with escapes; an environment has the variables of the
//! standard and no others.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;
use crate::name::Name;

mod compare;
mod environment;
mod evaluate;
mod expression;
mod literal;
pub(crate) mod parse;
#[cfg(test)]
mod properties;
mod text;

pub use environment::{Environment, Extras, Variable};
pub use expression::{Comparison, Expression, MarkerOperator, Operand};

/// Says why a marker has no value.
///
/// ```
/// use pyspec::marker::{Environment, Extras, Marker, MarkerError};
///
/// let marker: Marker = "platform_release >= '5'".parse()?;
/// let error = marker.try_evaluate(&Environment::default(), &Extras::none()).unwrap_err();
/// assert!(matches!(error, MarkerError::Unknown { variable: "platform_release", .. }));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarkerError {
    /// The value depends on a variable that the target leaves open.
    Unknown {
        /// The whole marker.
        marker: String,
        /// The first variable that would have decided.
        variable: &'static str,
    },
    /// The marker asks for something that is no variable, or is not defined in this context.
    Undefined {
        /// The whole marker.
        marker: String,
        /// What it asks for.
        name: String,
    },
    /// The operator means nothing between these two.
    Meaningless {
        /// The whole marker.
        marker: String,
        /// The comparison within it.
        comparison: String,
    },
}

impl std::error::Error for MarkerError {}

impl fmt::Display for MarkerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { marker, variable } => {
                write!(
                    formatter,
                    "marker `{marker}` depends on {variable}, which is not known for this target"
                )
            }
            Self::Undefined { marker, name } => {
                write!(
                    formatter,
                    "marker `{marker}` asks for `{name}`, which is not defined here"
                )
            }
            Self::Meaningless { marker, comparison } => {
                write!(formatter, "marker `{marker}`: `{comparison}` has no meaning")
            }
        }
    }
}

/// Holds a marker.
///
/// ```
/// use pyspec::marker::Marker;
///
/// let marker: Marker = "('linux'==sys.platform)".parse()?;
/// assert_eq!(marker.to_string(), r#""linux" == sys_platform"#);
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker {
    expression: Expression,
}

impl Marker {
    /// Gives the expression, to look at.
    ///
    /// ```
    /// use pyspec::marker::{Expression, Marker};
    ///
    /// let marker: Marker = "os_name == 'nt' or os_name == 'posix'".parse()?;
    /// assert!(matches!(marker.expression(), Expression::Any(alternatives) if alternatives.len() == 2));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Names the variables in use.
    ///
    /// ```
    /// use pyspec::marker::{Marker, Variable};
    ///
    /// let marker: Marker = "os_name == 'nt' and 'x' in extras".parse()?;
    /// assert_eq!(marker.variables(), [Variable::OsName, Variable::Extras].into());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn variables(&self) -> BTreeSet<Variable> {
        let mut variables = BTreeSet::new();
        self.expression
            .for_each(&mut |comparison| variables.extend(comparison.variables()));
        variables
    }

    /// Splits `extra == 'x' and …` into the extra and the rest.
    ///
    /// There is an answer only where `extra` is asked for once, at the top and with `==`: where
    /// the marker is false for every other extra.
    ///
    /// ```
    /// use pyspec::marker::Marker;
    ///
    /// let marker: Marker = "os_name == 'nt' and extra == 'socks'".parse()?;
    /// let (extra, rest) = marker.split_extra().ok_or("no extra")?;
    /// assert_eq!(extra.as_str(), "socks");
    /// assert_eq!(rest, Some("os_name == 'nt'".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn split_extra(&self) -> Option<(Name, Option<Self>)> {
        let parts = match &self.expression {
            Expression::All(parts) => parts.as_slice(),
            Expression::Comparison(_) => std::slice::from_ref(&self.expression),
            Expression::Any(_) | Expression::Group(_) => return None,
        };
        let at = parts.iter().position(|part| part.required_extra().is_some())?;
        let extra = parts.get(at)?.required_extra()?;
        let rest: Vec<Expression> = parts
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != at)
            .map(|(_, part)| part.clone())
            .collect();
        let rest = (!rest.is_empty()).then(|| Self::from(Expression::all(rest)));
        let is_only = rest
            .as_ref()
            .is_none_or(|rest| !rest.variables().contains(&Variable::Extra));
        is_only.then_some((extra, rest))
    }

    /// Gives the marker that holds where both hold.
    ///
    /// ```
    /// use pyspec::marker::Marker;
    ///
    /// let either: Marker = "os_name == 'nt' or os_name == 'posix'".parse()?;
    /// let both = either.and("python_version >= '3'".parse()?);
    /// assert_eq!(both.to_string(), r#"(os_name == "nt" or os_name == "posix") and python_version >= "3""#);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let parts = |marker: Self| match marker.expression {
            Expression::All(parts) => parts,
            other => vec![other.grouped()],
        };
        Expression::all(parts(self).into_iter().chain(parts(other)).collect()).into()
    }

    /// Gives the marker that holds where one of two holds.
    ///
    /// ```
    /// use pyspec::marker::Marker;
    ///
    /// let marker = "os_name == 'nt'".parse::<Marker>()?.or("os_name == 'posix'".parse()?);
    /// assert_eq!(marker.to_string(), r#"os_name == "nt" or os_name == "posix""#);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let parts = |marker: Self| match marker.expression {
            Expression::Any(parts) => parts,
            other => vec![other],
        };
        Expression::any(parts(self).into_iter().chain(parts(other)).collect()).into()
    }
}

impl From<Expression> for Marker {
    fn from(expression: Expression) -> Self {
        match expression {
            Expression::Group(inner) => Self { expression: *inner },
            expression => Self { expression },
        }
    }
}

impl FromStr for Marker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::marker(text)
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Marker({:?})", self.to_string())
    }
}

impl Serialize for Marker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<(String, Option<String>)> {
        let (extra, rest) = text.parse::<Marker>().unwrap().split_extra()?;
        Some((extra.to_string(), rest.map(|rest| rest.to_string())))
    }

    #[test]
    fn splits_off_an_extra_only_where_it_decides() {
        assert_eq!(split("extra == 'A_b'"), Some(("a-b".into(), None)));
        assert_eq!(split("'a' == extra"), Some(("a".into(), None)));
        let rest = Some(r#"os_name == "nt" and (os_name == "nt" or os_name == "x")"#.to_owned());
        assert_eq!(
            split("os_name=='nt' and extra=='a' and (os_name=='nt' or os_name=='x')"),
            Some(("a".into(), rest))
        );
        for text in [
            "os_name == 'nt'",
            "extra != 'a'",
            "extra == 'a' or os_name == 'nt'",
            "extra == 'a' and extra == 'b'",
            "extra == 'a' and (os_name == 'nt' or extra == 'b')",
            "extra == ''",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn joins_without_losing_precedence() {
        let marker = |text: &str| text.parse::<Marker>().unwrap();
        let a = || marker("os_name == 'a'");
        let b_or_c = || marker("os_name == 'b' or os_name == 'c'");
        assert_eq!(
            a().and(b_or_c()).or(a()).to_string(),
            r#"os_name == "a" and (os_name == "b" or os_name == "c") or os_name == "a""#
        );
        for joined in [
            a().and(b_or_c()),
            b_or_c().and(b_or_c()),
            a().and(a()).or(b_or_c()),
            b_or_c().or(a()),
        ] {
            assert_eq!(marker(&joined.to_string()), joined);
        }
    }
}
