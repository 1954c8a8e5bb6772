//! Whether two outputs tell of the same run.

use ops_testing::Output;

/// Nothing of a run may depend on whether the charm is linked in or a program.
pub(crate) fn check(one: &Output, other: &Output) {
    assert_eq!(one.ended.how, other.ended.how, "{}", other.ended.stderr);
    assert_eq!(one.calls, other.calls);
    let logs = |output: &Output| -> Vec<_> {
        let lines = output.logs.iter();
        lines.map(|line| (line.level.clone(), line.message.clone())).collect()
    };
    assert_eq!(logs(one), logs(other));
    assert_eq!(one.effects, other.effects);
    assert_eq!(one.unit_statuses, other.unit_statuses);
    assert_eq!(one.action, other.action);
    assert_eq!(one.failure, other.failure);
    let mut state = other.state.clone();
    // Each has a directory of its own for the files of a storage.
    for (id, storage) in &one.state.storages {
        state.storages.get_mut(id).unwrap().location.clone_from(&storage.location);
    }
    assert_eq!(one.state, state);
}
