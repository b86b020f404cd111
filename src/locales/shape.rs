//! What a message of the catalogue takes and holds, so that an overriding one can be compared with ours.

use std::collections::BTreeSet;

use fluent_syntax::ast::{Expression, InlineExpression, Message, Pattern, PatternElement};

/// The values, attributes and markup of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The names of the values that it shows or decides by.
    pub(super) values: BTreeSet<String>,
    /// The names of its attributes, such as the text below an error's title.
    pub(super) attributes: BTreeSet<String>,
    /// Whether it holds `<strong>`.
    pub(super) is_strong: bool,
    /// A character that pages would take for markup.
    pub(super) markup: Option<char>,
}

impl Shape {
    pub(super) fn of(message: &Message<&str>) -> Self {
        let mut shape = Self::default();
        for pattern in message.value.iter() {
            shape.read(pattern);
        }
        for attribute in &message.attributes {
            shape.attributes.insert(attribute.id.name.to_owned());
            shape.read(&attribute.value);
        }
        shape
    }

    fn read(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.note(value),
                PatternElement::Placeable { expression } => self.read_expression(expression),
            }
        }
    }

    fn read_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Select { selector, variants } => {
                self.read_inline(selector);
                for variant in variants {
                    self.read(&variant.value);
                }
            }
            Expression::Inline(inline) => self.read_inline(inline),
        }
    }

    fn read_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.values.insert(id.name.to_owned());
            }
            InlineExpression::StringLiteral { value } => self.note(value),
            InlineExpression::Placeable { expression } => self.read_expression(expression),
            InlineExpression::FunctionReference { arguments, .. } => {
                for argument in &arguments.positional {
                    self.read_inline(argument);
                }
            }
            InlineExpression::NumberLiteral { .. }
            | InlineExpression::MessageReference { .. }
            | InlineExpression::TermReference { .. } => {}
        }
    }

    fn note(&mut self, text: &str) {
        let plain = text.replace("<strong>", "").replace("</strong>", "");
        self.is_strong |= plain != text;
        // An escape in a literal could spell one of them.
        self.markup =
            self.markup.or_else(|| plain.chars().find(|c| matches!(c, '<' | '>' | '&' | '"' | '\\')));
    }

    /// Why a message of this shape cannot stand in for one of the shape `ours`; `plain` ones hold no markup.
    pub(super) fn problem(&self, ours: &Self, plain: bool) -> Option<String> {
        if let Some(unknown) = self.values.difference(&ours.values).next() {
            return Some(format!("uses {{ ${unknown} }}, which its page does not have"));
        }
        if self.attributes != ours.attributes {
            return Some(format!("must have the attributes {:?}", ours.attributes));
        }
        if let Some(character) = self.markup {
            return Some(format!("holds {character}, which pages would take for markup"));
        }
        (self.is_strong && plain).then(|| "holds <strong>, where only plain text is shown".to_owned())
    }
}
