//! The modes of sudo's files: a wrong one is refused only after it is too late.

use super::Notes;

pub(super) fn lint(mode: u32, notes: &mut Notes<'_>) {
    if (notes.is_in("sudoers.d") || notes.is("sudoers")) && !matches!(mode, 0o440 | 0o400) {
        notes.error(
            "sudoers-mode",
            None,
            format!("expected mode 0440, found {mode:04o}"),
        );
    }
}
