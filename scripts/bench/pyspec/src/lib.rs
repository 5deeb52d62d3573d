//! Versions and specifiers as they occur, made up by rule so that every run has the same.

pub mod pages;

/// Makes the texts of some two thousand versions.
#[must_use]
pub fn versions() -> Vec<String> {
    let mut versions = Vec::new();
    // A framework: releases, with pre-releases before each minor one.
    for major in 1..=5 {
        for minor in 0..=11 {
            versions.extend(["a1", "b1", "rc1"].map(|pre| format!("{major}.{minor}{pre}")));
            versions.push(format!("{major}.{minor}"));
            versions.extend((1..=20).map(|patch| format!("{major}.{minor}.{patch}")));
        }
    }
    // Certificates by the calendar, a library with a release every day, an array library with builds.
    for year in 2015..=2025 {
        versions.extend((1..=12).map(|month| format!("{year}.{month}.{}", month * 2)));
    }
    versions.extend((0..=300).map(|patch| format!("1.34.{patch}")));
    for minor in 0..=12 {
        versions.push(format!("2.{minor}.0"));
        versions.push(format!("2.{minor}.0.post1"));
        versions.push(format!("2.{minor}.0+cu118"));
        versions.push(format!("2.{minor}.0.dev202401{:02}", minor + 10));
    }
    versions
}

/// Gives specifiers as metadata has them.
pub const SPECIFIERS: [&str; 12] = [
    ">=1.0",
    ">=3.8",
    ">=2.31.0,<3",
    "~=4.2.0",
    "==1.34.*",
    "!=2.0.0,!=2.1.0,>=1.9",
    "<6,>=5.1",
    ">=1.21.1,<3,!=1.34.90",
    "==2024.6.12",
    ">1.0,<=4.11.20",
    ">=3.0a1",
    "~=2.1",
];
