package beat

import "gridward/grids/coverage/patrol"

// Rules are what a district decides about patrols; they stand in its policy.
type Rules = patrol.Rules

// Usual are the rules of a district that says nothing else.
func Usual() Rules { return patrol.Usual() }
