//! Decides which words of the shapes are values after all.
//!
//! Shapes that differ in nothing but words form a *bucket*: the same marks, gaps, and *slots* where words or values
//! stand. In a bucket, one kind of evidence after the other turns words into values:
//!
//! 1. *Alternatives.* In shapes that are equal everywhere else, a slot holds many different words, or words and values.
//! 2. *Crowds.* Shapes agree in words that are frequent in the bucket, and the rest of their slots hold many different
//!    rare words each. This finds templates with several free slots, whose values never meet twice.
//! 3. *Families.* The same three words are alternatives in two places: names that several templates speak of, as in
//!    `session opened for ada`, `bob` and `eve`, and `wrong password of` the same three.
//! 4. *Latecomers.* A shape would equal one that has given up words, if it gave up the same ones.
//!
//! How many words are many depends on where they stand: the first word of a line is seldom a value, and words in
//! capitals are mostly states, so both need more. A shape never gives up more than half of its words. The evidence of
//! a round is gathered before any of it is applied, so nothing depends on the order of the shapes.
//!
//! That words which are always together make a template, and that a column of many words is a variable, is the thought
//! of Brain (Yu et al. 2023), and of IPLoM before it (Makanju et al. 2009); the evidence here is another one: words are
//! compared only where all the rest agrees.

use super::bucket::{Bucket, Judge, Places};
use super::miner::Outline;
use super::{FastMap, SPACED, Settings, is_slot};

/// Turns words of the shapes into values. `states` tells of each word whether it looks like the name of a state.
pub fn generalize(shapes: &mut [Outline], states: &[bool], settings: &Settings) {
    let judge = Judge { many: settings.many.max(2), states };
    let mut buckets = buckets(shapes);
    let mut places = Places::default();
    for bucket in &buckets {
        bucket.count_places(&judge, &mut places);
    }
    for bucket in &mut buckets {
        bucket.settle(&judge);
        for evidence in [Bucket::crowds, Bucket::families, Bucket::latecomers] {
            let marks = evidence(bucket, &judge, &places);
            if bucket.apply(&marks) {
                bucket.settle(&judge);
            }
        }
        bucket.write(shapes);
    }
}

/// Groups shapes that differ only in what stands in their slots; those that are alone are left out.
fn buckets(shapes: &[Outline]) -> Vec<Bucket> {
    let mut frames: FastMap<Vec<u32>, usize> = FastMap::default();
    let mut buckets: Vec<Bucket> = Vec::new();
    for (at, shape) in shapes.iter().enumerate() {
        let frame = shape.tokens.iter().map(|token| if is_slot(*token) { token & SPACED } else { *token }).collect();
        let place = *frames.entry(frame).or_insert_with(|| {
            buckets.push(Bucket::new(&shape.tokens));
            buckets.len() - 1
        });
        if let Some(bucket) = buckets.get_mut(place) {
            bucket.add(at, shape);
        }
    }
    buckets.retain(Bucket::is_open);
    buckets
}
