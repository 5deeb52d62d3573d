//! The accounts of a host, from its passwd and group files.

use std::path::PathBuf;

/// Groups whose members can become root by design.
const AS_GOOD_AS_ROOT: [&str; 6] = ["docker", "lxd", "incus", "libvirt", "disk", "root"];

/// The accounts of a host.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) users: Vec<User>,
    groups: Vec<Group>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    gid: u32,
    pub(crate) home: PathBuf,
}

#[derive(Debug)]
struct Group {
    name: String,
    gid: u32,
    members: Vec<String>,
}

impl Accounts {
    /// Reads the two files; lines that are none are passed over.
    pub(crate) fn parse(passwd: &str, group: &str) -> Self {
        let users = passwd.lines().filter_map(user).collect();
        let groups = group.lines().filter_map(self::group).collect();
        Self { users, groups }
    }

    /// Returns the name of a user, or the number of one without a name.
    pub(crate) fn name(&self, uid: u32) -> String {
        self.users
            .iter()
            .find(|user| user.uid == uid)
            .map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    /// Returns a user by name.
    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// Says whether a user is in a group.
    pub(crate) fn is_member(&self, user: &User, group: &str) -> bool {
        let group = self.groups.iter().find(|found| found.name == group);
        group.is_some_and(|group| group.gid == user.gid || group.members.contains(&user.name))
    }

    /// Says whether a group is a user's own, with nobody else in it.
    pub(crate) fn is_own_group(&self, uid: u32, gid: u32) -> bool {
        let others = self.users.iter().filter(|user| user.uid != uid);
        let mut others = others.filter(|user| user.gid == gid);
        let owner = self.users.iter().find(|user| user.uid == uid);
        let members = self.groups.iter().filter(|group| group.gid == gid);
        let mut members = members.flat_map(|group| &group.members);
        gid == 0
            || owner.is_some_and(|user| user.gid == gid)
                && others.next().is_none()
                && members.all(|name| owner.is_some_and(|user| user.name == *name))
    }

    /// Returns the groups of a user that are as good as root.
    pub(crate) fn groups_of_root(&self, user: &User) -> Vec<&'static str> {
        let found = AS_GOOD_AS_ROOT.into_iter();
        found.filter(|group| self.is_member(user, group)).collect()
    }
}

fn user(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    Some(User {
        name: (*fields.first()?).to_owned(),
        uid: fields.get(2)?.parse().ok()?,
        gid: fields.get(3)?.parse().ok()?,
        home: fields.get(5)?.into(),
    })
}

fn group(line: &str) -> Option<Group> {
    let fields: Vec<&str> = line.split(':').collect();
    let members = fields.get(3)?.split(',').map(|name| name.trim().to_owned());
    Some(Group {
        name: (*fields.first()?).to_owned(),
        gid: fields.get(2)?.parse().ok()?,
        members: members.filter(|name| !name.is_empty()).collect(),
    })
}
