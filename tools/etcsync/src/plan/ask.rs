//! What is asked for: the layers are gone through by several processors at once.

use crate::{
    layers::item::Item,
    plan::asking::Asking,
    plan::question::{Asked, Question},
    run::batches,
    state::seen::Seen,
};
use cli::Failure;
use etc::TreePath;

/// Works out what layers and rules ask for.
pub(crate) fn ask(question: &Question<'_>, seen: &Seen) -> Result<Asked, Failure> {
    let items: Vec<(&TreePath, &Item)> = question.layers.items.iter().collect();
    let parts = batches::each(items.len(), |numbers| {
        let beside = seen.beside();
        let asked = {
            let mut asking = Asking::new(question, &beside);
            for number in numbers {
                let (path, item) = items[number];
                asking.take(path, item).map_err(|failure| (number, failure))?;
            }
            asking.asked
        };
        seen.add(beside.notes());
        Ok(asked)
    });
    let mut asked = Asked::default();
    for part in batches::together(parts)? {
        asked.add(part);
    }
    let beside = seen.beside();
    let mut rest = Asking::new(question, &beside);
    for path in question.rules.absent() {
        rest.absent(path)?;
    }
    asked.added.extend(rest.asked.added);
    asked.lint.sort();
    Ok(asked)
}
