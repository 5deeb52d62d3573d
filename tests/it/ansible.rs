//! The playbook takes the same steps on many hosts as the Fabric file.

use crate::fleet::{
    prepare_hosts, serving,
    world::{Fleet, can_start, project},
};
use kit::Ran;

fn play(fleet: &Fleet, serial: u8) -> Ran {
    let hosts = fleet.hosts.iter().map(|host| {
        let key = fleet.world.path("key");
        format!(
            "{} ansible_host={} ansible_port=2222 ansible_user=deploy ansible_python_interpreter=/usr/bin/python3 \
             ansible_ssh_common_args='-i {} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'\n",
            host.name,
            host.address,
            key.display()
        )
    });
    fleet.world.write("inventory", hosts.collect::<String>());
    let script = "ansible-playbook -i ../inventory $SCRIPTS/ansible/deploy.yml -e app=/srv/notes";
    fleet.develop(&format!("{script} -e serial={serial}")).output()
}

#[test]
#[ignore = "a minute and more: make test-long"]
fn a_playbook() {
    if !can_start() {
        return;
    }
    let fleet = Fleet::start(3);
    project(&fleet.world);
    prepare_hosts(&fleet);
    fleet
        .develop("git init -q -b main; git add .; git commit -q -m First")
        .succeed();
    play(&fleet, 2).expect(0);
    let good = serving(&fleet);

    let odd = "RELEASE = \\\"wrong\\\" if os.path.exists(\\\"/srv/odd\\\") else os.environ.get(\\\"RELSWITCH_ID\\\")";
    fleet
        .develop(&format!(
            "sed -i \"s|^RELEASE = .*|{odd}|\" app.py; git commit -q -a -m Odd"
        ))
        .succeed();
    let impatient = "sed -i 's/\"timeout\": [0-9]*/\"timeout\": 10/' /srv/notes/.relswitch/config.json";
    fleet.on(1, &format!("touch /srv/odd; {impatient}")).expect(0);
    let ran = play(&fleet, 1);
    assert_ne!(ran.status, 0, "{}", ran.text());
    assert_eq!(serving(&fleet), good, "{}", ran.text());
    let never = fleet.on(2, "relswitch list -C /srv/notes").json();
    assert_eq!(never["releases"][1]["state"], "ready", "{never:#}");
}
