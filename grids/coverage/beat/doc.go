// Package beat says which streets were walked, from positions: the class II
// daily patrol of streets and the monthly coverage of public areas. It knows no
// database and no clock.
//
// [NewNetwork] cuts streets where they meet; [NewTrack] makes of a device's
// fixes what can be believed of them; [Network.Match] lays the track along the
// streets and says what was walked, by street, day and place; [Union] adds up.
// From there [Network.Share], [GridShares] and [Network.Gaps] count and draw.
// For a public area [NewArea] and [Area.Look] do the same.
//
// # Decisions
//
//   - A position is not a walk. Ten seconds of fixes are one stop, and whoever
//     stays within the errors for a minute stands: no error of a receiver walks
//     along a street.
//   - Streets are matched as a network, not one by one: the likeliest way through all
//     stops (a hidden Markov model) tells a street from its neighbour 15 m away,
//     where the nearest street would change from fix to fix. Between two stops
//     the whole way counts, so a lost fix makes no gap.
//   - A break is better than a guess. Nothing is walked over more time than the
//     rules allow, faster than they allow, or where the way along the streets is
//     twice the straight line. What was dropped is counted by reason.
//   - Who rides does not patrol, also at a red light: what looks like a walk of
//     less than a minute and a half beside a ride belongs to the ride.
//   - A dead end is walked to its end by whoever comes near it, within tolerance
//     and error.
//   - Lengths are whole centimetres along the street's own line, on the
//     ellipsoid, and shares are compared as such. Walked and gaps together are
//     the street; no order and no repeat of tracks changes anything.
//   - A street between two grids is both grids' to walk.
//   - A public area is covered by sight: the share of its ground, without the
//     buildings, within some metres of somebody who stayed inside.
//   - Two lines on the map are two streets. The carriageways of a dual road
//     are walked one by one, and of a street that was drawn twice only one is.
//
// # What it cannot tell
//
// A bridge from the street below: lines that cross are joined. Somebody behind
// the houses, nearer to the street than tolerance and accuracy: that is on the
// street. A car in a queue that is never fast from a walker. A stand
// with a receiver that drifts further than its accuracy from a stroll. Which
// side of a street was walked: the whole street counts.
//
// # Accuracy of the plane
//
// Distances between fixes and streets are taken in a plane, see plane: within a
// district they are off by a part in a thousand, centimetres of what is compared.
package beat
