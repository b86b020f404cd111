//! The pixels of the window, which a user sees.

use std::io::Cursor;

/// A decoded screenshot.
pub struct Screenshot {
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// A part of the window: left, top, width, height.
pub type Region = (usize, usize, usize, usize);

impl Screenshot {
    pub fn read(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!(info.bit_depth, png::BitDepth::Eight);
        Self { width: info.width as usize, channels: info.color_type.samples(), pixels }
    }

    /// How many pixels of a region have exactly this colour.
    pub fn count(&self, (left, top, width, height): Region, colour: [u8; 3]) -> usize {
        let row = |y: usize| {
            let start = (y * self.width + left) * self.channels;
            self.pixels.get(start..start + width * self.channels).unwrap_or_default()
        };
        (top..top + height)
            .map(|y| row(y).chunks(self.channels).filter(|pixel| pixel[..3] == colour).count())
            .sum()
    }
}
