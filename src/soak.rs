//! How much a test does: a quick size in every run, a large one in a soak.

/// `quick`; with `WXSIGN_SOAK=1` as much as `full`, with `WXSIGN_SOAK=0.1` a tenth of that.
pub(crate) fn size(quick: usize, full: usize) -> usize {
    let Some(share) = std::env::var_os("WXSIGN_SOAK") else { return quick };
    let share = share.to_str().and_then(|text| text.parse::<f64>().ok());
    let share = share.filter(|share| *share > 0.0).expect("WXSIGN_SOAK is a number: 1, or a part of it");
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // a size
    let part = (full as f64 * share) as usize;
    part.max(quick)
}
