// Package roster knows who answers for a grid on a date: teams and people, the
// postings that give them grids class by class, absences with substitutes, and
// days off.
//
// A posting names a grid by its code, a class of duties and a team or a person,
// over a span of days; on any day a grid and class have at most one. Who answers
// is found by a chain: the person posted; while that one is away, the
// substitute, and the substitute's own where needed; then the team of the person
// posted; and where all that ends, the unit whose body the class falls to
// (属地兜底). The last is never nobody, but it is a vacancy, and vacancies are
// listed day by day: the promise is that there are none.
//
// Days off and shifts say who works on a day. They do not say who answers: a
// patrol's grids are its own on a Sunday too.
package roster
