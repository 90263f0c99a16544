// Package evidence grades how well a reported visit is backed, against false
// and missing reports (瞒报漏报), and lists what is odd about an inspector's
// visits taken together.
//
// A grade never deletes a visit and is never a verdict. It says which of the
// policy's questions a visit leaves open, each with its figures; the policy
// says how much a question weighs and which grade still meets a duty.
//
// # Decisions
//
//   - Own evidence depends on the visit alone: where it was reported from, how
//     long it took, which clock it was written by. Related evidence depends on
//     other visits: speed between two of them, a device in several hands, many
//     in a minute, a photo seen before.
//   - Adding an inspection never lowers coverage. So related evidence takes a
//     visit no lower than C, and no lower than the grade that counts, whatever
//     the policy says: [Rules.Grade] holds that, not the figures. Whether a
//     visit counts is therefore known from its own evidence, which is what the
//     coverage engine keeps of each; a person's review may still say otherwise.
//   - Distance is taken from the footprint, less the accuracy that the device
//     reported: Android's is a radius of 68 %, so one honest fix in three lies
//     outside it. What accuracy excuses it also costs: a poor accuracy is a
//     reason of its own, or a reported 5 km would excuse any distance.
//   - No position, no accuracy and a mocked position are reasons, never passed
//     over in silence. An accuracy of zero or less is none: Android says 0 and
//     iOS says less than 0 for it.
//   - Phone clocks are wrong and reports arrive weeks after the visit. Times
//     are the device's; a late arrival is no reason; where two visits' clocks
//     are known to differ, the time between them is widened by as much.
//   - Visits of one walk (a compound and the cellar under it, reported at once)
//     have no speed between them, are one in a burst and may share a photo.
//   - Of two visits with one photo only the later has the reason: whoever was
//     copied did nothing. Of two visits too far apart for the time between them
//     both have it: nobody knows which one is wrong.
//   - A repeat of a visit (the same id) is the same visit; order never matters.
//
// # What a score means
//
// A finding of [Rules.Patterns] counts what a supervisor could count: of each
// day of an inspector the hits among the looks, against the rate of everybody
// else in the district. Its score s is the logarithm of an e-value: of
// inspectors whose rate is at most tolerance times the others' (in odds), no
// more than one in 10^s reaches it by chance, whatever the visits of one day
// have to do with each other. One day with a broken phone is therefore no
// pattern, and with the shipped figures no three days reach the list.
// A pattern's score is the sum over its findings, which is for ranking: two
// findings may come of the same visits.
//
// Not decided here: what follows. A list says whom to ask first.
package evidence
