//! Writing and removing whole trees.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use kiln::output::{Output, Tree, commit};
use kiln::world::Disk;

use super::{CONNECT, Folder, HISTORY, NAMESPACE, SERVICE, collect, first, lock, second, tree};

#[test]
fn writes_the_tree_and_its_lock_and_nothing_else() {
    let folder = Folder::new();
    assert_eq!(folder.write(&first()), Ok((true, vec![])));
    let found = folder.everything();
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "prod",
            "prod/0-cluster",
            "prod/0-cluster/_cluster",
            "prod/0-cluster/_cluster/Namespace-jobs.yaml",
            "prod/3-platform",
            "prod/3-platform/jobs",
            "prod/3-platform/jobs/Deployment-connect.yaml",
            "prod/3-platform/jobs/Service-connect.yaml",
            "prod/kiln.lock"
        ]
    );
    assert_eq!(folder.read(CONNECT), "kind: Deployment\nreplicas: 1\n");
    assert_eq!(folder.read("kiln.lock"), lock(&first()).render());
    assert_eq!(
        Output::new(folder.out()).lock("prod").unwrap(),
        Some(lock(&first()))
    );
}

#[test]
fn a_durable_tree_is_the_same_tree() {
    let (folder, plain) = (Folder::new(), Folder::new());
    let output = Output::new(folder.out()).durable(true);
    output.write("prod", &first(), &lock(&first())).unwrap();
    drop(output);
    plain.write(&first()).unwrap();
    assert_eq!(folder.everything(), plain.everything());
}

#[test]
fn an_unchanged_tree_is_not_touched() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("NOTES.md", "ours");
    let before = folder.times();
    let said = "warning foreign-file: `out/prod/NOTES.md` was not written by kiln";
    assert_eq!(folder.write(&first()), Ok((false, vec![said.to_owned()])));
    assert_eq!(folder.times(), before);
}

#[test]
fn a_change_touches_only_the_files_that_change() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let times = |path: &str| {
        let of = |(name, ..): &(String, u64, i64, i64)| name == &format!("prod/{path}");
        folder.times().into_iter().find(of).unwrap()
    };
    let (namespace, connect) = (times(NAMESPACE), times(CONNECT));
    folder.write(&second()).unwrap();
    assert_eq!(times(NAMESPACE), namespace);
    assert_ne!(times(CONNECT), connect);
}

#[test]
fn stale_files_go_with_their_folders() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let only = tree([(NAMESPACE, "kind: Namespace\n")]);
    assert_eq!(folder.write(&only), Ok((true, vec![])));
    let names: Vec<_> = folder.everything().into_keys().collect();
    assert_eq!(
        names,
        [
            "prod",
            "prod/0-cluster",
            "prod/0-cluster/_cluster",
            "prod/0-cluster/_cluster/Namespace-jobs.yaml",
            "prod/kiln.lock"
        ]
    );
}

#[test]
fn a_revert_gives_the_first_bytes() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let before = folder.everything();
    folder.write(&second()).unwrap();
    assert_ne!(folder.everything(), before);
    folder.write(&first()).unwrap();
    assert_eq!(folder.everything(), before);
}

#[test]
fn foreign_files_are_kept_as_they_are() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let secret = folder.out().parent().unwrap().join("secret");
    fs::write(&secret, "elsewhere").unwrap();
    folder.put("3-platform/jobs/notes/today.md", "ours");
    folder.put("run.sh", "#!/bin/sh\n");
    fs::set_permissions(folder.prod("run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    symlink("../../secret", folder.prod("link")).unwrap();
    symlink("/", folder.prod("root")).unwrap();
    let raw = std::ffi::OsStr::from_bytes(b"no-utf8-\xff");
    fs::write(folder.out().join("prod").join(raw), "raw").unwrap();

    let foreign = [
        "3-platform/jobs/notes/today.md",
        "link",
        "no-utf8-\u{fffd}",
        "root",
        "run.sh",
    ];
    let said = foreign
        .map(|path| format!("warning foreign-file: `out/prod/{path}` was not written by kiln"));
    let before = folder.everything();
    assert_eq!(folder.write(&second()), Ok((true, said.to_vec())));

    let mut after = before;
    after.remove(&format!("prod/{SERVICE}"));
    for (path, bytes) in second() {
        after.insert(format!("prod/{path}"), String::from_utf8(bytes).unwrap());
    }
    after.insert("prod/kiln.lock".to_owned(), lock(&second()).render());
    assert_eq!(folder.everything(), after);
    let mode = fs::metadata(folder.prod("run.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o750);
    assert_eq!(fs::read_to_string(secret).unwrap(), "elsewhere");
}

#[test]
fn a_foreign_file_in_the_way_stops_the_write() {
    for path in [
        HISTORY.to_owned(),
        // Where kiln needs a folder, and below a path where it needs a file.
        "4-workloads".to_owned(),
        format!("{HISTORY}/notes.md"),
    ] {
        let folder = Folder::new();
        folder.write(&first()).unwrap();
        folder.put(&path, "ours");
        let before = folder.everything();
        let mut wanted = second();
        wanted.insert(
            "4-workloads/jobs/SparkApplication-a.yaml".to_owned(),
            vec![],
        );
        let said = format!(
            "error foreign-file: `out/prod/{path}` is in the way: kiln did not write it, and has to write there"
        );
        assert_eq!(folder.write(&wanted), Err(vec![said]));
        assert_eq!(folder.everything(), before);
    }
}

#[test]
fn without_a_lock_everything_is_foreign_and_the_same_bytes_are_adopted() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let before = folder.everything();
    fs::remove_file(folder.prod("kiln.lock")).unwrap();
    folder.put("NOTES.md", "ours");

    let said = "error foreign-file: `out/prod/3-platform/jobs/Deployment-connect.yaml` is in the way: kiln did not write it, and has to write there";
    assert_eq!(folder.write(&second()).unwrap_err()[0], said);

    let said = "warning foreign-file: `out/prod/NOTES.md` was not written by kiln";
    assert_eq!(folder.write(&first()), Ok((true, vec![said.to_owned()])));
    fs::remove_file(folder.prod("NOTES.md")).unwrap();
    assert_eq!(folder.everything(), before);
}

#[test]
fn a_hand_edit_is_noticed_and_overwritten() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put(CONNECT, "kind: Deployment\nreplicas: 7\n");
    folder.put(SERVICE, "kind: Service\ntype: LoadBalancer\n");
    let said = |path: &str| {
        format!(
            "warning edited-output: `out/prod/{path}` was changed by hand, and the change does not survive"
        )
    };
    // One is overwritten, the other is not wanted any more.
    assert_eq!(
        folder.write(&second()),
        Ok((true, vec![said(CONNECT), said(SERVICE)]))
    );
    assert_eq!(folder.read(CONNECT), "kind: Deployment\nreplicas: 2\n");
    assert!(!folder.prod(SERVICE).exists());
}

#[test]
fn a_hand_edit_to_what_is_wanted_is_none() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put(CONNECT, "kind: Deployment\nreplicas: 2\n");
    assert_eq!(folder.write(&second()), Ok((true, vec![])));
}

#[test]
fn a_deleted_file_comes_back() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let before = folder.everything();
    fs::remove_file(folder.prod(CONNECT)).unwrap();
    assert_eq!(folder.write(&first()), Ok((true, vec![])));
    assert_eq!(folder.everything(), before);
}

#[test]
fn a_link_in_place_of_an_own_file_is_replaced_and_not_followed() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let target = folder.out().parent().unwrap().join("elsewhere.yaml");
    // Even with the right bytes behind it: an engine would not follow it either.
    fs::copy(folder.prod(CONNECT), &target).unwrap();
    fs::remove_file(folder.prod(CONNECT)).unwrap();
    symlink(&target, folder.prod(CONNECT)).unwrap();
    let said = "warning edited-output: `out/prod/3-platform/jobs/Deployment-connect.yaml` was changed by hand, and the change does not survive";
    assert_eq!(folder.write(&first()), Ok((true, vec![said.to_owned()])));
    assert!(!folder.prod(CONNECT).is_symlink());
    assert!(target.exists());
}

#[test]
fn a_link_beside_a_file_of_the_same_bytes_is_replaced_too() {
    let folder = Folder::new();
    let twins = tree([("a.yaml", "same\n"), ("b.yaml", "same\n")]);
    folder.write(&twins).unwrap();
    fs::remove_file(folder.prod("b.yaml")).unwrap();
    symlink("a.yaml", folder.prod("b.yaml")).unwrap();
    assert!(matches!(folder.write(&twins), Ok((true, _))));
    assert!(!folder.prod("b.yaml").is_symlink());
}

#[test]
fn symbolic_links_on_the_way_are_refused() {
    // Each of them leads to a folder outside.
    for link in ["prod", "prod/3-platform", ".kiln-staging"] {
        let folder = Folder::new();
        let outside = folder.out().parent().unwrap().join("outside");
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("kept"), "kept").unwrap();
        let link = folder.out().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&outside, &link).unwrap();
        let before = folder.everything();

        let said = folder.write(&first()).unwrap_err();
        let name = link.strip_prefix(folder.out()).unwrap().display();
        assert!(said[0].contains(&format!("`out/{name}` is ")), "{said:?}");
        assert_eq!(folder.everything(), before);
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    }
}

#[test]
fn names_that_leave_the_output_are_refused() {
    let folder = Folder::new();
    let output = Output::new(folder.out());
    for name in ["", ".", "..", "../prod", "a/b", "/prod", ".kiln-staging"] {
        let said = folder.said(&output.write(name, &first(), &lock(&first())).unwrap_err());
        let title = format!("`{name}` cannot be the name of a folder of compiled output");
        assert_eq!(said, [format!("error unwritable-output: {title}")]);
    }
    assert!(!folder.out().exists());
}

#[test]
fn what_the_system_refuses_leaves_the_old_tree() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let before = folder.everything();
    let mut wanted = second();
    // Refused by every file system, also when a superuser runs the test; after a part is written.
    let long = format!("5-late/{}.yaml", "x".repeat(300));
    wanted.insert(long.clone(), vec![]);
    let said = format!(
        "error unwritable-output: `out/prod/{long}` cannot be written: File name too long (os error 36)"
    );
    assert_eq!(folder.write(&wanted), Err(vec![said]));
    assert_eq!(folder.everything(), before);
}

#[test]
fn an_unwritable_output_is_reported_in_the_systems_words() {
    // Nobody, not even a superuser, makes folders here.
    let said = Output::new("/proc").write("prod", &first(), &lock(&first()));
    let said = said.unwrap_err().iter().next().unwrap().title.clone();
    assert!(
        said.starts_with("`/proc/.kiln-staging` cannot be written: "),
        "{said}"
    );
    assert!(said.contains("(os error "), "{said}");

    let folder = Folder::new();
    fs::write(folder.out(), "a file").unwrap();
    let said = folder.write(&first()).unwrap_err();
    assert!(said[0].contains("Not a directory"), "{said:?}");
    assert_eq!(fs::read_to_string(folder.out()).unwrap(), "a file");
}

#[test]
fn what_a_killed_run_left_is_swept_even_when_nothing_changes() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let before = folder.everything();
    let leftover = folder.out().join(".kiln-staging/next/dev/0-cluster");
    fs::create_dir_all(&leftover).unwrap();
    fs::write(leftover.join("half.yaml"), "ki").unwrap();
    assert_eq!(folder.write(&first()), Ok((false, vec![])));
    assert_eq!(folder.everything(), before);
}

#[test]
fn a_tree_that_a_killed_run_had_moved_aside_comes_back() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("NOTES.md", "ours");
    let before = folder.everything();
    fs::create_dir_all(folder.out().join(".kiln-staging/aside")).unwrap();
    fs::rename(
        folder.out().join("prod"),
        folder.out().join(".kiln-staging/aside/prod"),
    )
    .unwrap();
    assert!(matches!(folder.write(&first()), Ok((false, _))));
    assert_eq!(folder.everything(), before);
}

/// Where nothing can be moved, the old tree is copied before it is removed.
#[test]
fn a_copy_that_a_killed_run_left_replaces_what_was_half_removed() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("NOTES.md", "ours");
    let before = folder.everything();
    let copies = folder.out().join(".kiln-staging/copy");
    fs::create_dir_all(&copies).unwrap();
    fs::rename(folder.out().join("prod"), copies.join("prod")).unwrap();
    folder.put("kiln.lock", "half");
    assert!(matches!(folder.write(&first()), Ok((false, _))));
    assert_eq!(folder.everything(), before);
}

#[test]
fn several_trees_change_together_or_not_at_all() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let trees = || {
        let mut all = folder.everything();
        all.retain(|path, _| !path.starts_with(".kiln-staging"));
        all
    };
    let before = trees();
    let output = Output::new(folder.out());
    let stage = || {
        let names = ["prod", "new", "last"];
        names.map(|name| output.stage(name, &second(), &lock(&second())).unwrap())
    };
    let staged = stage();
    assert_eq!(trees(), before);
    // What the system refuses, by a folder that is gone.
    fs::remove_dir_all(folder.out().join(".kiln-staging/ready/last")).unwrap();
    let errors = commit(staged.into()).unwrap_err();
    assert_eq!(folder.said(&errors).len(), 1, "{errors:?}");
    assert_eq!(trees(), before);

    let written = commit(stage().into()).unwrap();
    assert!(written.iter().all(|it| it.changed));
    assert_eq!(output.folders().unwrap(), ["last", "new", "prod"]);
    drop(output);
    assert!(!folder.out().join(".kiln-staging").exists());
}

/// Writes a second tree, and does something between the look at the first one and the exchange.
fn write_and_meanwhile(folder: &Folder, meanwhile: impl FnOnce()) -> Vec<String> {
    let output = Output::new(folder.out());
    let staged = output.stage("prod", &second(), &lock(&second())).unwrap();
    meanwhile();
    folder.said(&staged.commit().unwrap().warnings)
}

#[test]
fn what_appears_while_a_tree_is_written_is_kept() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("old/NOTES.md", "ours");
    let said = write_and_meanwhile(&folder, || {
        folder.put("NOTES.md", "new");
        folder.put("3-platform/jobs/notes.txt", "new");
        folder.put("old/another.md", "new");
        folder.put("private/deep/key", "new");
        fs::set_permissions(folder.prod("private"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink("NOTES.md", folder.prod("link")).unwrap();
    });
    for path in [
        "NOTES.md",
        "3-platform/jobs/notes.txt",
        "old/another.md",
        "private/deep/key",
        "link",
    ] {
        assert!(
            said.contains(&format!(
                "warning foreign-file: `out/prod/{path}` was not written by kiln"
            )),
            "{said:?}"
        );
        assert_eq!(folder.read(path), "new");
    }
    assert_eq!(folder.read("old/NOTES.md"), "ours");
    assert_eq!(
        fs::metadata(folder.prod("private"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert!(folder.prod("link").is_symlink());
    assert_eq!(folder.verify().len(), 6);
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn what_appears_in_the_way_of_a_new_file_is_kept_beside() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let path = second().into_keys().find(|it| !first().contains_key(it));
    let path = path.expect("the second tree has a file of its own");
    let said = write_and_meanwhile(&folder, || folder.put(&path, "ours"));
    let kept = format!(".kiln-staging/ready/prod/{path}");
    assert!(
        said[0].contains(&kept) && said[0].starts_with("warning foreign-file: "),
        "{said:?}"
    );
    let errors = folder.write(&first()).unwrap_err();
    assert!(
        errors[0].contains(&kept) && errors[0].starts_with("error foreign-file: "),
        "{errors:?}"
    );
    assert_eq!(
        fs::read_to_string(folder.out().join(&kept)).unwrap(),
        "ours"
    );
    fs::remove_file(folder.out().join(&kept)).unwrap();
    assert_eq!(folder.write(&second()), Ok((false, vec![])));
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn a_run_that_is_killed_after_the_exchange_loses_nothing() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("NOTES.md", "ours");
    let ready = folder.out().join(".kiln-staging/ready");
    fs::create_dir_all(&ready).unwrap();
    fs::rename(folder.out().join("prod"), ready.join("prod")).unwrap();
    // What the killed run wrote.
    Output::new(folder.0.path().join("other"))
        .write("prod", &second(), &lock(&second()))
        .unwrap();
    fs::rename(
        folder.0.path().join("other/prod"),
        folder.out().join("prod"),
    )
    .unwrap();
    let (changed, said) = folder.write(&second()).unwrap();
    assert!(!changed && said.len() == 1, "{said:?}");
    assert_eq!(folder.read("NOTES.md"), "ours");
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn a_tree_that_is_replaced_meanwhile_is_verified_whole() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..100 {
                folder.write(&second()).unwrap();
                folder.write(&first()).unwrap();
            }
        });
        while !writer.is_finished() {
            assert_eq!(folder.verify(), Vec::<String>::new());
        }
    });
}

/// Somebody else works in the same tree, as `git` does: none of their files is lost, at whatever moment it comes.
#[test]
fn a_tree_that_somebody_else_writes_to_keeps_their_files() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let mut written = Vec::new();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..30 {
                folder.write(&second()).unwrap();
                folder.write(&first()).unwrap();
            }
        });
        for number in 0..2000 {
            if writer.is_finished() {
                break;
            }
            std::thread::sleep(Duration::from_micros(100));
            let name = format!("notes-{}/{number}", number % 7);
            let path = folder.prod(&name);
            // The folder may be replaced between the two steps.
            let _ = fs::create_dir_all(path.parent().unwrap());
            if fs::write(&path, &name).is_ok() {
                written.push(name);
            }
        }
    });
    // The last run may have left something to the next.
    folder.write(&second()).unwrap();
    assert!(written.len() > 100, "{}", written.len());
    for name in written {
        assert_eq!(folder.read(&name), name);
    }
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn trees_are_written_side_by_side() {
    let folder = Folder::new();
    let output = Output::new(folder.out());
    let names: Vec<_> = (0..40).map(|index| format!("env-{index:02}")).collect();
    std::thread::scope(|scope| {
        for half in names.chunks(10) {
            let output = &output;
            scope.spawn(move || {
                for name in half {
                    output.write(name, &first(), &lock(&first())).unwrap();
                }
            });
        }
    });
    for name in &names {
        assert!(output.verify(name).unwrap().is_empty());
    }
    drop(output);
    assert_eq!(Output::new(folder.out()).folders().unwrap(), names);
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn runs_at_the_same_time_do_not_mix() {
    let folder = Folder::new();
    folder.put("NOTES.md", "ours");
    let foreign = "warning foreign-file: `out/prod/NOTES.md` was not written by kiln";
    let many = |text: &str| -> Tree {
        let file = |index| {
            (
                format!("3-platform/jobs/ConfigMap-{index}.yaml"),
                text.into(),
            )
        };
        (0..30).map(file).collect()
    };
    std::thread::scope(|scope| {
        for text in ["one\n", "two\n", "three\n", "four\n"] {
            let (folder, tree) = (&folder, many(text));
            scope.spawn(move || {
                for _ in 0..50 {
                    // Nothing else is said: no run takes half of another's tree for an edit.
                    let (_, said) = folder.write(&tree).unwrap();
                    assert!(said.iter().all(|line| line == foreign), "{said:?}");
                }
            });
        }
    });
    assert_eq!(folder.verify(), [foreign]);
    assert!(!folder.out().join(".kiln-staging").exists());
}

#[test]
fn removes_its_own_files_only() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let remove = || {
        let removed = Output::new(folder.out()).remove("prod").unwrap();
        (removed.changed, folder.said(&removed.warnings))
    };
    assert_eq!(remove(), (true, vec![]));
    assert!(folder.everything().is_empty());
    assert_eq!(remove(), (false, vec![]));

    folder.write(&first()).unwrap();
    folder.put("3-platform/NOTES.md", "ours");
    folder.put(SERVICE, "edited\n");
    let foreign = "warning foreign-file: `out/prod/3-platform/NOTES.md` was not written by kiln";
    let edited = "warning edited-output: `out/prod/3-platform/jobs/Service-connect.yaml` was changed by hand, and the change does not survive";
    assert_eq!(
        remove(),
        (true, vec![edited.to_owned(), foreign.to_owned()])
    );
    let names: Vec<_> = folder.everything().into_keys().collect();
    assert_eq!(
        names,
        ["prod", "prod/3-platform", "prod/3-platform/NOTES.md"]
    );
    assert_eq!(remove(), (false, vec![foreign.to_owned()]));
}

#[test]
#[should_panic(expected = "validated before they become paths")]
fn a_path_that_leaves_the_tree_is_a_broken_invariant() {
    let folder = Folder::new();
    let _ = folder.write(&tree([("../escaped.yaml", "")]));
}

#[test]
fn the_working_directory_may_be_the_outputs_parent() {
    // A relative path is how the command line names the output.
    let folder = Folder::new();
    let here = std::env::current_dir().unwrap();
    let up: std::path::PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(folder.out().strip_prefix("/").unwrap());
    Output::new(&relative)
        .write("prod", &first(), &lock(&first()))
        .unwrap();
    assert!(Path::new(&folder.prod(CONNECT)).exists());
}

/// Somebody who keeps putting a link in the place of a folder leads no run out of it: what is written, moved and
/// removed goes by folders that are open.
#[test]
#[cfg(target_os = "linux")]
fn a_link_that_comes_meanwhile_leads_nowhere() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = Folder::new();
    let top = folder.0.path();
    folder.write(&first()).unwrap();
    folder.put("3-platform/ours/NOTES.md", "ours");
    let theirs = top.join("theirs");
    for file in [
        "prod/3-platform/jobs/id",
        "ready/prod/id",
        "3-platform/jobs/id",
        "jobs/id",
        "id",
    ] {
        let file = theirs.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "theirs").unwrap();
    }
    let mut before = BTreeMap::new();
    collect(&theirs, &theirs, &mut before);
    let link = top.join("link");
    symlink(&theirs, &link).unwrap();
    let is_done = AtomicBool::new(false);
    let mut written = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let places = [
                "out",
                "out/prod",
                "out/prod/3-platform",
                "out/prod/3-platform/jobs",
                "out/.kiln-staging",
            ];
            for place in places.iter().cycle() {
                if is_done.load(Ordering::Relaxed) {
                    break;
                }
                let place = top.join(place);
                let swap = || renameat_with(CWD, &place, CWD, &link, RenameFlags::EXCHANGE);
                if swap().is_ok() {
                    std::thread::yield_now();
                    // Back, unless a run has moved what lies there.
                    if !link.is_symlink() {
                        let _ = swap();
                    }
                }
                if !link.is_symlink() {
                    let _ = fs::remove_dir_all(&link);
                    let _ = symlink(&theirs, &link);
                }
            }
        });
        for round in 0..200 {
            let tree = if round % 2 == 0 { second() } else { first() };
            let output = Output::beneath(&Disk::new(top).unwrap(), "out", folder.out());
            // Many runs fail: what they say depends on the moment.
            if output.write("prod", &tree, &lock(&tree)).is_ok() {
                written += 1;
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });
    let mut after = BTreeMap::new();
    collect(&theirs, &theirs, &mut after);
    assert_eq!(after, before);
    assert!(written > 0, "no run has found a way");
}
