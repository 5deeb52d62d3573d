//! The allocator's heaps.

/// How many there are at most.
const HEAPS: i32 = 4;

/// Lets threads share a few heaps.
///
/// glibc gives each of the threads that fetch a heap of its own, which grows to its own peak and never shrinks:
/// 121 MiB for a lock of 160 packages, instead of 91, and no faster.
#[cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "a quarter of the memory; glibc offers nothing else")
)]
pub(crate) fn share() {
    // SAFETY: it sets a number in the allocator, before there is another thread.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
    }
}
