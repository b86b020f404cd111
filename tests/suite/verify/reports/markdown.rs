//! Markdown, read again as GitHub reads it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use unframed::verify::report::{Format, printable};

use super::{HOSTILE, all, hostile, written};

fn events(text: &str) -> Vec<(Event<'_>, &str)> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    Parser::new_ext(text, options).into_offset_iter().map(|(event, at)| (event, &text[at])).collect()
}

#[test]
fn nothing_of_a_site_becomes_markup_a_link_or_a_mention() {
    for text in HOSTILE {
        let markdown = written(Format::Markdown, &[hostile(text)]);
        let (mut shown, mut headings) = (String::new(), 0);
        for (event, source) in events(&markdown) {
            match event {
                Event::Code(code) => shown.push_str(&code),
                Event::Text(plain) => {
                    // What GitHub would find in plain text: a mention, an issue, an address.
                    assert!(!plain.contains(['@', '#']), "{plain}");
                    assert!(!source.contains("https://") && !source.contains("www."), "{source}");
                    shown.push_str(&plain);
                }
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Item | Tag::Strong)
                | Event::End(_)
                | Event::SoftBreak => {}
                other => panic!("{text}: {other:?} in {markdown}"),
            }
        }
        // The title, the site, two findings, a note, two known ones, what was not checked.
        assert_eq!(headings, 8, "{markdown}");
        // Nothing is lost, apart from the backticks around code.
        let kept = |text: &str| text.replace('`', "");
        assert!(kept(&shown).matches(&kept(&printable(text))).count() >= 7, "{text}: {shown}");
    }
}

#[test]
fn a_site_cannot_add_a_cell_to_the_summary() {
    let markdown = written(Format::Markdown, &all());
    let (mut cells, mut rows) = (0, Vec::new());
    for (event, _) in events(&markdown) {
        match event {
            Event::End(TagEnd::TableCell) => cells += 1,
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => rows.push(std::mem::take(&mut cells)),
            _ => {}
        }
    }
    let (sites, rules) = rows.split_at(HOSTILE.len() + 1);
    assert!(sites.iter().all(|cells| *cells == 7), "{rows:?}");
    assert_eq!(rules, [2, 2, 2], "the head and two rules");
}
