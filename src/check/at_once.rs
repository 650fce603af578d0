//! Jobs depend on each other for nothing: they are checked on all cores.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crate::stdlib::expr::engine::cores;

/// As much as the main thread of a program usually has: expressions are walked by functions that call themselves.
const STACK: usize = 16 << 20;
/// Fewer are not worth a thread.
const FEW: usize = 8;

/// What `work` makes of each item, in their order, on as many threads as there are cores.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = cores().min(items.len() / FEW);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    // Whoever is done takes the next one: some take far longer than others.
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = thread::scope(|scope| {
        // A system that has no more threads leaves the work to this one.
        let helpers: Vec<_> =
            (1..threads).filter_map(|_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, take).ok()).collect();
        let own = take();
        let others = helpers.into_iter().flat_map(|helper| helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        own.into_iter().chain(others).collect()
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, 7, 100] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "the fortieth")]
    fn a_panic_is_not_lost() {
        let items: Vec<usize> = (0..100).collect();
        map(&items, |item| assert_ne!(*item, 40, "the fortieth"));
    }
}
