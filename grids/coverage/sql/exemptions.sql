-- $1 district, $2 places (null: all)
select e.place, e.duty, e.period, e.reason, e.reviewer, e.at, w.recorded_at
from gridward.exemption e
left join gridward.exemption_withdrawal w on w.district = e.district and w.exemption = e.id
where e.district = $1 and ($2::uuid[] is null or e.place = any ($2))
order by e.place, e.at, e.id
