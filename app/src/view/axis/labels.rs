//! Where labels go so that they neither cover each other nor what they name. Pure.

/// Moves labels, wanted at these places, so far that neighbours are `gap` apart and all lie in `low..=high`.
///
/// `wanted` is in rising order and so is the answer. Labels in each other's way share the distance they are moved.
#[must_use]
pub fn spread(wanted: &[f32], gap: f32, low: f32, high: f32) -> Vec<f32> {
    // Clusters of labels that touch: the first label's place, and how many there are.
    let mut clusters: Vec<(f32, usize)> = Vec::new();
    for &place in wanted {
        let mut cluster = (held(place, 1, gap, low, high), 1);
        while let Some(&(first, count)) = clusters.last() {
            if first + count as f32 * gap <= cluster.0 {
                break;
            }
            clusters.pop();
            // Each label of a cluster would like its first one here: take the middle.
            let (before, after) = (count as f32, cluster.1 as f32);
            let middle = (first * before + (cluster.0 - before * gap) * after) / (before + after);
            let together = count + cluster.1;
            cluster = (held(middle, together, gap, low, high), together);
        }
        clusters.push(cluster);
    }
    clusters
        .iter()
        .flat_map(|&(first, count)| (0..count).map(move |index| first + index as f32 * gap))
        .collect()
}

fn held(first: f32, count: usize, gap: f32, low: f32, high: f32) -> f32 {
    first.min(high - (count - 1) as f32 * gap).max(low)
}

/// A label above something: where its middle would like to be, and its widths from the longest wording to the shortest.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The middle.
    pub centre: f32,
    /// Width of each wording.
    pub widths: Vec<f32>,
}

/// Puts labels side by side on one line: for each the wording and its left edge, or `None` where not even the shortest
/// fits. `wishes` are in rising order; a label is moved rather than shortened only at the line's ends.
#[must_use]
pub fn line_up(wishes: &[Wish], gap: f32, left: f32, right: f32) -> Vec<Option<(usize, f32)>> {
    let mut free_from = left;
    let mut placed = Vec::with_capacity(wishes.len());
    for (index, wish) in wishes.iter().enumerate() {
        // Leave the next one half of the way between.
        let free_to = match wishes.get(index + 1) {
            Some(next) => (wish.centre + next.centre) / 2.0 - gap / 2.0,
            None => right,
        };
        let fits = |(wording, &width): (usize, &f32)| {
            let edge = (wish.centre - width / 2.0).clamp(left, (right - width).max(left));
            (edge >= free_from && edge + width <= free_to.min(right)).then_some((wording, edge))
        };
        let place = wish.widths.iter().enumerate().find_map(fits);
        if let Some((wording, edge)) = place {
            free_from = edge + wish.widths[wording] + gap;
        }
        placed.push(place);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(spread(&[10.0, 40.0, 90.0], 14.0, 0.0, 100.0), [10.0, 40.0, 90.0]);
    }

    #[test]
    fn labels_in_each_others_way_share_the_distance() {
        assert_eq!(spread(&[50.0, 50.0], 14.0, 0.0, 100.0), [43.0, 57.0]);
        assert_eq!(spread(&[48.0, 50.0, 52.0], 14.0, 0.0, 100.0), [36.0, 50.0, 64.0]);
    }

    #[test]
    fn labels_stay_inside() {
        assert_eq!(spread(&[0.0, 2.0], 14.0, 0.0, 100.0), [0.0, 14.0]);
        assert_eq!(spread(&[97.0, 99.0, 100.0], 14.0, 0.0, 100.0), [72.0, 86.0, 100.0]);
    }

    #[test]
    fn a_cluster_that_moves_takes_its_neighbour_along() {
        let places = spread(&[30.0, 44.0, 45.0, 46.0], 10.0, 0.0, 100.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-3), "{places:?}");
    }

    fn wish(centre: f32, widths: &[f32]) -> Wish {
        Wish { centre, widths: widths.to_vec() }
    }

    #[test]
    fn a_label_is_shortened_before_it_is_left_out() {
        let placed = line_up(&[wish(100.0, &[80.0, 20.0]), wish(140.0, &[80.0, 20.0])], 8.0, 0.0, 400.0);
        assert_eq!(placed, [Some((1, 90.0)), Some((1, 130.0))]);
        let placed = line_up(&[wish(100.0, &[20.0]), wish(104.0, &[20.0])], 8.0, 0.0, 400.0);
        assert_eq!(placed, [None, Some((0, 94.0))]);
    }

    #[test]
    fn a_label_at_the_edge_is_moved_inside() {
        assert_eq!(line_up(&[wish(5.0, &[80.0])], 8.0, 0.0, 400.0), [Some((0, 0.0))]);
        assert_eq!(line_up(&[wish(398.0, &[80.0])], 8.0, 0.0, 400.0), [Some((0, 320.0))]);
    }
}
