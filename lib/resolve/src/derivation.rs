//! The way from facts to "this cannot be met".

use crate::{
    Candidates, Reason, Set,
    explain::Leaf,
    package::Package,
    solve::Stop,
    tell::{Teller, worded},
};
use pubgrub::{DerivationTree, Term};
use std::{
    collections::{HashMap, HashSet},
    ptr,
};
use wire::Incompatibility;

type Tree = DerivationTree<Package, Set, Reason>;

/// The nodes of a derivation. Much may follow from one node, but it is here once: along every way through the tree
/// there may be more nodes than a machine can count.
pub(crate) struct Steps<'t> {
    /// What is derived stands before what it is derived from.
    nodes: Vec<&'t Tree>,
    places: HashMap<*const Tree, usize>,
}

impl<'t> Steps<'t> {
    pub(crate) fn of(tree: &'t Tree) -> Self {
        let mut nodes = Vec::new();
        let mut seen = HashSet::new();
        // Below a node is everything that it follows from; it is done when all of that is.
        let mut ahead = vec![(tree, false)];
        while let Some((node, done)) = ahead.pop() {
            if done {
                nodes.push(node);
            } else if seen.insert(ptr::from_ref(node)) {
                ahead.push((node, true));
                if let Tree::Derived(derived) = node {
                    ahead.extend([(&*derived.cause1, false), (&*derived.cause2, false)]);
                }
            }
        }
        nodes.reverse();
        let places = nodes.iter().enumerate();
        let places = places
            .map(|(place, node)| (ptr::from_ref(*node), place))
            .collect();
        Self { nodes, places }
    }

    /// Returns the facts that all rests on.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &'t Leaf> {
        self.nodes.iter().filter_map(|node| match node {
            Tree::External(leaf) => Some(leaf),
            Tree::Derived(_) => None,
        })
    }

    /// Puts every step into words.
    pub(crate) fn told<C: Candidates>(
        &self,
        teller: &Teller<'_, C>,
    ) -> Result<Vec<Incompatibility>, Stop<C::Error>> {
        self.nodes.iter().map(|node| self.step(node, teller)).collect()
    }

    fn step<C: Candidates>(
        &self,
        node: &Tree,
        teller: &Teller<'_, C>,
    ) -> Result<Incompatibility, Stop<C::Error>> {
        let derived = match node {
            Tree::External(leaf) => return fact(leaf, teller),
            Tree::Derived(derived) => derived,
        };
        let mut what = Vec::new();
        for (package, term) in &derived.terms {
            what.push(match term {
                Term::Positive(set) => teller.versions_in(package, set)?,
                Term::Negative(set) => negative(teller.versions_in(package, set)?),
            });
        }
        what.sort();
        let place = |cause: &Tree| self.places[&ptr::from_ref(cause)];
        Ok(Incompatibility {
            what,
            why: None,
            from: Some([place(&derived.cause1), place(&derived.cause2)]),
        })
    }
}

fn fact<C: Candidates>(leaf: &Leaf, teller: &Teller<'_, C>) -> Result<Incompatibility, Stop<C::Error>> {
    let mut what = Vec::new();
    match leaf {
        Leaf::NotRoot(package, _) => what.push(negative(package.to_string())),
        Leaf::NoVersions(package, range) | Leaf::Custom(package, range, _) => {
            what.push(teller.versions_in(package, range)?);
        }
        Leaf::FromDependencyOf(package, versions, needed, range) => {
            what.push(teller.versions_in(package, versions)?);
            what.push(negative(worded(&teller.named(needed), range)));
        }
    }
    let why = Some(teller.why(leaf)?);
    Ok(Incompatibility {
        what,
        why,
        from: None,
    })
}

fn negative(text: String) -> String {
    format!("not {text}")
}
