//! The language server over its protocol: cases of every request, storms and random edits, the real program.

mod client;
mod edits;
mod neovim;
mod page;
mod stdio;

use std::path::Path;

use libtest_mimic::Trial;

pub use page::update;

/// All trials.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = page::trials(root);
    let tests: [(&str, fn() -> Result<(), String>); 4] = [
        ("lsp after any edits the server says what a cold check says", edits::any_sequence),
        ("lsp a storm of 200 edits", edits::storm),
        ("lsp a closed text is what is on disk", edits::closing_returns_to_the_disk),
        ("lsp the program over its pipes", stdio::session),
    ];
    trials.extend(tests.into_iter().map(|(name, test)| Trial::test(name, move || test().map_err(Into::into))));
    // Listed as ignored where there is no Neovim.
    let neovim = Trial::test("lsp Neovim as a client", || neovim::session().map_err(Into::into));
    trials.push(neovim.with_ignored_flag(!neovim::is_there()));
    trials
}
