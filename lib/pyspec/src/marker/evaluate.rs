//! Telling whether a marker holds.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::compare::{all_patches, compare_names, compare_texts};
use super::expression::{Comparison, Expression, MarkerOperator, Operand};
use super::{Environment, Extras, Marker, MarkerError, Variable};
use crate::name::canonicalize;

impl Marker {
    /// Tells whether the marker holds.
    ///
    /// # Errors
    ///
    /// A comparison that has no meaning or asks for what is not defined is an error wherever it
    /// stands, as in `packaging`. A variable that is not known is one only if the answer depends on it.
    ///
    /// ```
    /// use pyspec::marker::{Environment, Extras, Marker};
    ///
    /// let linux = Environment { sys_platform: Some("linux".into()), ..Environment::default() };
    /// let marker: Marker = "sys_platform == 'darwin' and platform_release >= '20'".parse()?;
    /// assert!(!marker.try_evaluate(&linux, &Extras::none())?);
    /// let marker: Marker = "sys_platform ~= '1.0'".parse()?;
    /// assert!(marker.try_evaluate(&linux, &Extras::none()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_evaluate(&self, environment: &Environment, extras: &Extras) -> Result<bool, MarkerError> {
        let truth = Context { environment, extras }
            .evaluate(&self.expression)
            .map_err(|failure| match failure {
                Failure::Undefined(name) => MarkerError::Undefined {
                    marker: self.to_string(),
                    name: name.to_owned(),
                },
                Failure::Meaningless(comparison) => MarkerError::Meaningless {
                    marker: self.to_string(),
                    comparison: comparison.to_string(),
                },
            })?;
        match truth {
            Truth::Known(holds) => Ok(holds),
            Truth::Unknown(variable) => Err(MarkerError::Unknown {
                marker: self.to_string(),
                variable: variable.name(),
            }),
        }
    }

    /// Tells whether the marker holds; one without a value does not.
    ///
    /// ```
    /// use pyspec::marker::{Environment, Extras, Marker};
    ///
    /// let marker: Marker = "'1.0' ~= os_name".parse()?;
    /// assert!(!marker.evaluate(&Environment::default(), &Extras::none()));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn evaluate(&self, environment: &Environment, extras: &Extras) -> bool {
        self.try_evaluate(environment, extras).unwrap_or(false)
    }
}

/// Holds the value of an expression, or the variable that it would depend on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Known(bool),
    Unknown(Variable),
}

/// Says why there is no value whatever the variables are.
enum Failure<'m> {
    Undefined(&'m str),
    Meaningless(&'m Comparison),
}

/// Holds what a variable stands for.
enum Value<'e> {
    Text(Cow<'e, str>),
    Names(&'e BTreeSet<String>),
    /// `3.12`: any of `3.12.0`, `3.12.1`, …
    PatchesOf(&'e str),
    Unknown,
}

struct Context<'e> {
    environment: &'e Environment,
    extras: &'e Extras,
}

impl<'e> Context<'e> {
    /// Evaluates all parts, decided or not: a failure counts wherever it is.
    fn evaluate<'m>(&self, expression: &'m Expression) -> Result<Truth, Failure<'m>> {
        match expression {
            Expression::Comparison(comparison) => self.compare(comparison),
            Expression::Group(inner) => self.evaluate(inner),
            Expression::All(parts) => self.combine(parts, false),
            Expression::Any(parts) => self.combine(parts, true),
        }
    }

    /// Gives the deciding value if one part has it, else what is unknown, else the opposite.
    fn combine<'m>(&self, parts: &'m [Expression], deciding: bool) -> Result<Truth, Failure<'m>> {
        let mut truth = Truth::Known(!deciding);
        for part in parts {
            let value = self.evaluate(part)?;
            if value == Truth::Known(deciding) || truth == Truth::Known(!deciding) {
                truth = if truth == Truth::Known(deciding) {
                    truth
                } else {
                    value
                };
            }
        }
        Ok(truth)
    }

    fn compare<'m>(&self, comparison: &'m Comparison) -> Result<Truth, Failure<'m>> {
        let meaningless = || Failure::Meaningless(comparison);
        let Comparison {
            left,
            operator,
            right,
        } = comparison;
        // The variable is on the left, or else on the right, even in quotes.
        let is_left = matches!(left, Operand::Variable(_));
        let (side, other) = if is_left {
            (left, right.as_str())
        } else {
            (right, left.as_str())
        };
        let undefined = || Failure::Undefined(side.as_str());
        let variable = Variable::from_name(side.as_str()).ok_or_else(undefined)?;
        let holds = |value: &str| {
            let (left, right) = if is_left { (value, other) } else { (other, value) };
            compare_texts(left, *operator, right, variable)
        };
        match self.value(variable).ok_or_else(undefined)? {
            Value::Text(text) => holds(&text).map(Truth::Known).ok_or_else(meaningless),
            Value::Names(_) if is_left => Err(meaningless()),
            Value::Names(names) => compare_names(other, *operator, names)
                .map(Truth::Known)
                .ok_or_else(meaningless),
            Value::PatchesOf(minor) => {
                let is_set = matches!(operator, MarkerOperator::In | MarkerOperator::NotIn);
                let all = if is_set {
                    None
                } else {
                    all_patches(minor, other, holds).ok_or_else(meaningless)?
                };
                Ok(all.map_or(Truth::Unknown(variable), Truth::Known))
            }
            Value::Unknown => {
                // Whether there is a meaning does not depend on the value.
                holds("")
                    .map(|_| Truth::Unknown(variable))
                    .ok_or_else(meaningless)
            }
        }
    }

    /// Gives the value of a variable; `None` if it is not defined.
    fn value(&self, variable: Variable) -> Option<Value<'e>> {
        match variable {
            Variable::Extra => self
                .extras
                .extra
                .as_deref()
                .map(|extra| Value::Text(Cow::Owned(canonicalize(extra)))),
            Variable::Extras => self.extras.extras.as_ref().map(Value::Names),
            Variable::DependencyGroups => self.extras.dependency_groups.as_ref().map(Value::Names),
            _ => Some(self.python_value(variable)),
        }
    }

    fn python_value(&self, variable: Variable) -> Value<'e> {
        let environment = self.environment;
        if let Some(text) = environment.get(variable) {
            // An unreleased Python calls itself `3.14.0a1+`, which is no version.
            let is_unreleased = variable == Variable::PythonFullVersion && text.ends_with('+');
            return Value::Text(if is_unreleased {
                format!("{text}local").into()
            } else {
                text.into()
            });
        }
        let follows_language = match variable {
            Variable::PythonFullVersion => true,
            Variable::ImplementationVersion => environment.implementation_name.as_deref() == Some("cpython"),
            _ => false,
        };
        match environment.python_version.as_deref() {
            Some(minor) if follows_language => Value::PatchesOf(minor),
            _ => Value::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        serde_json::from_value(serde_json::json!({
            "implementation_name": "cpython", "implementation_version": "3.12.4", "os_name": "posix",
            "platform_machine": "x86_64", "platform_release": "6.1.0-18-amd64", "platform_system": "Linux",
            "platform_version": "#1 SMP", "python_full_version": "3.12.4",
            "platform_python_implementation": "CPython", "python_version": "3.12", "sys_platform": "linux"
        }))
        .unwrap()
    }

    fn value(text: &str, environment: &Environment) -> Result<bool, MarkerError> {
        text.parse::<Marker>()
            .unwrap()
            .try_evaluate(environment, &Extras::none())
    }

    #[test]
    fn versions_and_texts() {
        for (text, expected) in [
            ("python_version >= '3.9'", true),
            ("'3.9' <= python_version", true),
            ("python_version in '3.11 3.12'", true),
            ("python_version ~= '3.8'", true),
            ("python_version == '3.*'", true),
            ("os_name >= 'posix'", true),
            ("os_name > 'a'", false),
            ("sys_platform in 'linux2'", true),
            ("'inu' in sys_platform", true),
            ("extra == ''", true),
            ("os_name == sys_platform", false),
            ("'linux' == 'sys_platform'", true),
            ("platform_release >= '5'", false),
            ("platform_release == '6.1.0-18-amd64'", true),
            ("python_version > '=3.12'", true),
        ] {
            assert_eq!(value(text, &environment()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn failures_count_wherever_they_stand() {
        for text in [
            "os_name == 'posix' or '1.0' ~= os_name",
            "os_name == 'nt' and os_name === 'x'",
        ] {
            assert!(
                matches!(value(text, &environment()), Err(MarkerError::Meaningless { .. })),
                "{text}"
            );
        }
        for text in ["'a' == 'b'", "'a' in extras"] {
            assert!(
                matches!(value(text, &environment()), Err(MarkerError::Undefined { .. })),
                "{text}"
            );
        }
        let marker: Marker = "extras == 'a'".parse().unwrap();
        let result = marker.try_evaluate(&environment(), &Extras::lock_file([], []));
        assert!(matches!(result, Err(MarkerError::Meaningless { .. })));
    }

    #[test]
    fn unknown_only_where_it_decides() {
        let unknown = Environment {
            platform_release: None,
            platform_version: None,
            ..environment()
        };
        for (text, expected) in [
            ("os_name == 'nt' and platform_release >= '5'", Some(false)),
            ("platform_release >= '5' and os_name == 'nt'", Some(false)),
            ("os_name == 'posix' or platform_version == 'x'", Some(true)),
            ("platform_version == 'x' or os_name == 'posix'", Some(true)),
            ("os_name == 'posix' and platform_release >= '5'", None),
            ("platform_version == 'x'", None),
        ] {
            assert_eq!(value(text, &unknown).ok(), expected, "{text}");
        }
    }

    #[test]
    fn any_patch_release() {
        let any = Environment {
            python_full_version: None,
            implementation_version: None,
            ..environment()
        };
        for (text, expected) in [
            ("python_full_version >= '3.12'", Some(true)),
            ("python_full_version < '3.13.0a1'", Some(true)),
            ("python_full_version == '3.12.*'", Some(true)),
            ("'3.11.9' < python_full_version", Some(true)),
            ("implementation_version != '3.11.2'", Some(true)),
            ("python_full_version > '3.12.0'", None),
            ("python_full_version != '3.12.7'", None),
            ("python_full_version == '3.12.7.*'", None),
            ("python_full_version in '3.12.1 3.12.2'", None),
            ("python_full_version <= '3.12.4'", None),
            ("python_full_version > '3.12.4' and os_name == 'nt'", Some(false)),
        ] {
            assert_eq!(value(text, &any).ok(), expected, "{text}");
        }
    }

    #[test]
    fn unreleased_pythons() {
        let unreleased = Environment {
            python_full_version: Some("3.14.0a1+".into()),
            ..environment()
        };
        assert_eq!(value("python_full_version >= '3.14.0a1'", &unreleased), Ok(true));
    }
}
