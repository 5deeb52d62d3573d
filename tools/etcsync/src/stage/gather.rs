//! What hangs on the files that are about to be replaced.

use crate::{
    place::Place, plan::survey::Survey, root::attributes, root::crontab, root::current, tree::entry,
};
use cli::Failure;
use std::sync::Arc;

/// Notes what hangs on the files that are about to be replaced, so that it can come back with them.
pub(crate) fn gather(place: &Place, survey: &mut Survey) -> Result<(), Failure> {
    for change in survey
        .changes
        .iter_mut()
        .filter(|change| entry::is_file(&change.op.before))
    {
        if crontab::is_about(&change.path) && crontab::are_applied(place) {
            continue;
        }
        let Some(file) = current::open(place, &change.path, &change.op.before)? else {
            continue;
        };
        change.attributes = attributes::read(&file)?;
        let is_original = !survey.old.managed.contains_key(&change.path);
        if is_original
            && !change.attributes.is_empty()
            && let Some(managed) = Arc::make_mut(&mut survey.new.managed).get_mut(&change.path)
        {
            managed.attributes.clone_from(&change.attributes);
        }
    }
    Ok(())
}
