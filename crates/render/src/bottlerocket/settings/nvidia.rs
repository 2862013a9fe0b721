//! The settings of the NVIDIA variants.

use crate::bottlerocket::kind::{Kind, Setting};
use crate::bottlerocket::texts::{GPU_MODEL, MIG_PROFILE};

const LIST_STRATEGY: Kind = Kind::Choice(&["volume-mounts", "envvar", "cdi-cri"]);

pub(super) static DEVICE_PLUGINS: &[Setting] = &[Setting::of(
    "nvidia",
    Kind::Table(&[
        Setting::of("device-id-strategy", Kind::Choice(&["index", "uuid"])),
        Setting::of(
            "device-list-strategy",
            Kind::Either(
                &[LIST_STRATEGY, Kind::Some(&LIST_STRATEGY)],
                "\"volume-mounts\", \"envvar\", or \"cdi-cri\", or a list of these values",
            ),
        ),
        Setting::of("device-partitioning-strategy", Kind::Choice(&["none", "mig"])),
        Setting::of("device-sharing-strategy", Kind::Choice(&["none", "time-slicing", "mps"])),
        Setting::of("enabled", Kind::Bool),
        Setting::of("mig", Kind::Table(&[Setting::of("profile", Kind::Map(&GPU_MODEL, &Kind::Text(&MIG_PROFILE)))])),
        Setting::of(
            "mps",
            Kind::Table(&[Setting::of("rename-by-default", Kind::Bool), Setting::of("replicas", Kind::Integer(2, 48))]),
        ),
        Setting::of("pass-device-specs", Kind::Bool),
        Setting::of(
            "time-slicing",
            Kind::Table(&[
                Setting::of("fail-requests-greater-than-one", Kind::Bool),
                Setting::of("rename-by-default", Kind::Bool),
                Setting::of("replicas", Kind::Integer(2, i32::MAX as i64)),
            ]),
        ),
    ]),
)];

pub(super) static DRA_DRIVERS: &[Setting] =
    &[Setting::of("nvidia", Kind::Table(&[Setting::of("enabled", Kind::Bool)]))];

pub(super) static CONTAINER_RUNTIME: &[Setting] = &[
    Setting::of("visible-devices-as-volume-mounts", Kind::Bool),
    Setting::of("visible-devices-envvar-when-unprivileged", Kind::Bool),
];
