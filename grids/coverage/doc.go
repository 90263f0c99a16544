// Package coverage says whether inspection is complete, and why not.
//
// An obligation is a place, a duty and a period; it belongs to the place, never
// to a grid. [Judge] puts it in exactly one state by a pure function of the
// place's history, the versions of the policy and the place in time from which
// one looks. Coverage is a pair of integers, met and due (all but the excused),
// and the exact list of what is missing; it is never rounded before a
// comparison. Complete means that the list is empty; nothing due is neither
// complete nor incomplete.
//
// # Two times
//
// Everything that is known has the days on which it holds, or the moment at
// which it happened, and the moment at which it was recorded. Nothing is changed
// or removed. A question names what was known by a moment ([Sight.Known]) and
// what had happened by one ([Sight.Until]), so the same question has the same
// answer for ever. A [Book] keeps what is asked most, period by period, and
// brings it up to date visit by visit; [Judge] run over all places says the same.
//
// # Decisions
//
// What meets:
//   - A visit meets a duty when it was done, lies in the period (calendar days
//     of the policy's time zone, so 31 October 23:59 in Shanghai is October), on
//     a day on which the place owes the duty, its checklist serves the duty and
//     its evidence is not below the bar. A visit that found a hazard is done.
//   - No access, refused, not found and partial visits (some floors) never meet.
//     An obligation with such a visit and none that met it is attempted, before
//     and after the period's end; after it, the reasons say that it has ended.
//     Two attempts on different days and different hours ask for a joint visit.
//   - Evidence below the bar: the obligation is disputed until another visit
//     meets it or a reviewer accepts the visit. A visit that a reviewer rejects
//     does not count and is named as the nearest one. Only a visit's own evidence
//     decides, so that one more visit never takes another's duty away.
//   - Where risk or supervision asks for several visits a period, they must lie
//     so many days apart; the most that can be chosen so is what counts.
//   - One visit serves every duty that its checklist serves: a class III visit
//     the class II duty, a campaign's too if the checklist says so. It lies in
//     one period of each duty, so it meets at most one obligation of each. A
//     cellar's class III is not met by a class I visit to it.
//   - A walk that covers a compound and its underground space is one inspection
//     for each of the two places, with one walk id.
//   - The same inspection sent twice is one (its id is the client's). Order and
//     repeats never matter.
//
// What is owed:
//   - A place that is new in a period owes the period if at least the policy's
//     grace days remain; else it is in grace and owes nothing yet. So it is with
//     a place that comes to owe a duty by a change of category.
//   - A place that ends within the period, or no longer owes the duty, owes it
//     only if it was met before: what no longer stands cannot be visited.
//   - A place that changes within a period and goes on owing the duty owes it
//     once; how often is what its risk asked when the period began.
//   - A split is the end of one place and the beginning of others: visits to the
//     old one do not count for the new ones, whose grace runs from their first day.
//     Two premises that become one likewise.
//   - A second record of the same place is merged into it: as known from then on
//     the duplicate owes nothing and never did, and its visits are the place's.
//   - A period keeps the version of the policy that it was made under, see
//     [policy.Rules.For]. A version with retroactive effect says so and why, and
//     changes answers as known later only. One that makes a duty's period longer
//     or shorter begins where a period of both kinds begins.
//   - Excused needs an exemption with a reason and a reviewer, and yields to a
//     visit that meets the duty: what was done counts as done.
//
// Who answers:
//   - The holder is looked up twice: on the day of the visit, for credit, and on
//     the period's last day (or today, or the last day on which the duty was
//     owed), for accountability; roll-ups go by the latter. So redrawn grids,
//     moved unit boundaries and responsibility that passes from one body to
//     another change who answers, and no total.
//   - A visit by another body than the holder on that day meets the duty and is
//     listed as astray.
//
// What comes late:
//   - A report that arrives after the period has ended counts as known from then
//     on, and the obligation is marked late. What was answered as known before
//     stays.
//   - A correction is an inspection that names the one it stands for: that one is
//     void from then on, wherever it was. One with the outcome void only takes it
//     back.
//   - A phone whose clock is wrong says so when it sends; the visit's time is
//     moved by as much, and the difference is evidence.
//
// A question about a period looks, of each duty, at every period whose last day
// lies in it: a half-year at six months of a monthly duty, six obligations a
// place. A month asked for a half-yearly duty means the half-year around it, and
// a campaign is looked at wherever its span overlaps. Daily patrols of beats are
// another quantity: package beat.
package coverage
