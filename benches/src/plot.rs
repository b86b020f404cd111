//! The plot of the ratios, as SVG.

use std::path::Path;

use anyhow::anyhow;
use plotters::prelude::*;

use crate::ratios::Ratios;

/// Draws one bar for each comparison, with its spread, and the ratio that we want as a line across.
pub(crate) fn draw(path: &Path, all: &[Ratios]) -> anyhow::Result<()> {
    draw_all(path, all).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn draw_all(path: &Path, all: &[Ratios]) -> Result<(), Box<dyn std::error::Error>> {
    const ROW: u32 = 52;
    let rows = u32::try_from(all.len())?;
    let area = SVGBackend::new(path, (860, rows * ROW + 70)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(320)
        .build_cartesian_2d(0.0..1.1, (0..rows.saturating_sub(1)).into_segmented())?;
    let name = |row: &SegmentValue<u32>| match row {
        SegmentValue::CenterOf(row) | SegmentValue::Exact(row) => {
            all.iter().rev().nth(*row as usize).map_or_else(String::new, |ratios| ratios.what.clone())
        }
        SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(all.len())
        .y_label_formatter(&name)
        .x_desc("throughput, as a part of the other one's; line: the least to the most; red: our bar")
        .label_style(("sans-serif", 13))
        .draw()?;
    for (row, ratios) in (0..).zip(all.iter().rev()) {
        let (least, median, most) = ratios.spread();
        let (low, middle, high) =
            (SegmentValue::Exact(row), SegmentValue::CenterOf(row), SegmentValue::Exact(row + 1));
        let mut bar =
            Rectangle::new([(0.0, low.clone()), (median, high.clone())], RGBColor(13, 97, 86).filled());
        bar.set_margin(12, 12, 0, 0);
        chart.draw_series([bar])?;
        chart.draw_series([PathElement::new(
            [(least, middle.clone()), (most, middle)],
            BLACK.stroke_width(2),
        )])?;
        chart
            .draw_series([PathElement::new([(ratios.bar, low), (ratios.bar, high)], RED.stroke_width(2))])?;
    }
    area.present()?;
    Ok(())
}
