//! The pixels of the window, which a user sees.

use std::io::Cursor;

use super::problem::BrowserProblem;

/// A decoded screenshot.
#[derive(Debug)]
pub struct Screenshot {
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// A part of the window: left, top, width, height.
pub type Region = (usize, usize, usize, usize);

/// The most bytes of a picture in a report.
const MOST_BYTES: usize = 200_000;

impl Screenshot {
    /// Decodes a PNG.
    ///
    /// # Errors
    /// It is not a PNG as browsers make them.
    pub fn read(png: &[u8]) -> Result<Self, BrowserProblem> {
        let odd = |problem: String| BrowserProblem::Screenshot(problem);
        let mut reader =
            png::Decoder::new(Cursor::new(png)).read_info().map_err(|error| odd(error.to_string()))?;
        let size = reader.output_buffer_size().ok_or_else(|| odd("it is too large".to_owned()))?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).map_err(|error| odd(error.to_string()))?;
        let channels = info.color_type.samples();
        if info.bit_depth != png::BitDepth::Eight || channels < 3 {
            return Err(odd(format!("{:?} in {:?}", info.color_type, info.bit_depth)));
        }
        Ok(Self { width: info.width as usize, channels, pixels })
    }

    /// The rows of a region, as far as the window has them.
    fn rows(&self, (left, top, width, height): Region) -> impl Iterator<Item = &[u8]> {
        (top..top + height).map_while(move |y| {
            let start = (y * self.width + left) * self.channels;
            self.pixels.get(start..start + width.min(self.width.saturating_sub(left)) * self.channels)
        })
    }

    /// How many pixels of a region have exactly this colour.
    #[must_use]
    pub fn count(&self, region: Region, colour: [u8; 3]) -> usize {
        let row = |row: &[u8]| row.chunks(self.channels).filter(|pixel| pixel.starts_with(&colour)).count();
        self.rows(region).map(row).sum()
    }

    /// How many pixels of a region have another colour than this.
    #[must_use]
    pub fn count_others(&self, region: Region, colour: [u8; 3]) -> usize {
        let all: usize = self.rows(region).map(|row| row.len() / self.channels).sum();
        all.saturating_sub(self.count(region, colour))
    }

    /// A region as a PNG of at most `MOST_BYTES`: a picture that would be larger loses every second pixel.
    #[must_use]
    pub fn cut(&self, region: Region) -> Option<Vec<u8>> {
        [1, 2, 4, 8].into_iter().find_map(|step| {
            let picture = self.encode(region, step)?;
            (picture.len() <= MOST_BYTES).then_some(picture)
        })
    }

    fn encode(&self, region: Region, step: usize) -> Option<Vec<u8>> {
        let rows: Vec<Vec<u8>> = self
            .rows(region)
            .step_by(step)
            .map(|row| {
                let pixels = row.chunks_exact(self.channels).step_by(step);
                pixels.flat_map(|pixel| pixel.iter().take(3).copied()).collect()
            })
            .collect();
        let width = u32::try_from(rows.first()?.len() / 3).ok()?;
        let height = u32::try_from(rows.len()).ok()?;
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&rows.concat()).ok()?;
        writer.finish().ok()?;
        Some(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose pixels a function of the place colours.
    fn picture(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Screenshot {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Screenshot { width, channels: 3, pixels: pixels.flat_map(|(x, y)| colour(x, y)).collect() }
    }

    #[test]
    fn a_region_is_counted_and_cut_and_ends_with_the_window() {
        let grey = [0xcc; 3];
        let shot = picture(40, 30, |x, y| if (10..14).contains(&x) && y < 5 { [1, 2, 3] } else { grey });
        assert_eq!(shot.count((8, 0, 10, 10), [1, 2, 3]), 20);
        assert_eq!(shot.count_others((8, 0, 10, 10), grey), 20);
        assert_eq!(shot.count_others((8, 20, 10, 90), [0; 3]), 100, "ten rows are left");
        let part = Screenshot::read(&shot.cut((10, 0, 4, 5)).unwrap()).unwrap();
        assert_eq!((part.width, part.count((0, 0, 4, 5), [1, 2, 3])), (4, 20));
        assert!(Screenshot::read(b"no picture").is_err());
    }

    #[test]
    fn a_picture_that_cannot_be_compressed_is_made_smaller() {
        let noise = |x: usize, y: usize| {
            let mut bits = (x * 7919 + y * 104_729) as u64;
            for _ in 0..3 {
                bits = (bits ^ (bits >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                bits ^= bits >> 31;
            }
            [bits as u8, (bits >> 8) as u8, (bits >> 16) as u8]
        };
        let cut = picture(640, 160, noise).cut((0, 0, 640, 160)).unwrap();
        assert!(cut.len() <= MOST_BYTES, "{}", cut.len());
        assert_eq!(Screenshot::read(&cut).unwrap().width, 320);
    }
}
