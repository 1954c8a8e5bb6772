//! What the services printed.

use crate::support::*;
use ops_pebble::LogQuery;
use std::ops::ControlFlow;

cases! {
    a_service_that_never_ran_has_no_logs;
    a_service_that_nobody_knows_has_no_logs;
    following_nothing_ends_with_its_limit;
}

mod processes {
    use super::*;

    cases! {
        real:
        lines_are_read_with_their_times;
        only_the_last_lines_are_read;
        lines_are_followed_until_enough_came;
    }

    fn talk(door: &Door) -> Outcome {
        let talker = Service::new("sh -c 'echo one; echo two; exec sleep 1000'");
        add(door, &Layer::new().service("talker", talker));
        door.client.start(&["talker"]).map(|_| ())
    }

    fn lines_are_read_with_their_times(door: &Door) -> Outcome {
        talk(door)?;
        let lines = door.client.logs(&LogQuery::new().service("talker"))?;
        let texts: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(texts, ["one", "two"]);
        assert!(lines[0].service == "talker" && lines[0].time <= lines[1].time);
        Ok(())
    }

    fn only_the_last_lines_are_read(door: &Door) -> Outcome {
        talk(door)?;
        assert_eq!(door.client.logs(&LogQuery::new().last(1))?[0].message, "two");
        assert_eq!(door.client.logs(&LogQuery::new().all())?.len(), 2);
        assert!(door.client.logs(&LogQuery::new().last(0))?.is_empty());
        Ok(())
    }

    fn lines_are_followed_until_enough_came(door: &Door) -> Outcome {
        talk(door)?;
        let mut lines = Vec::new();
        let query = LogQuery::new().last(2);
        door.client.follow_logs(&query, Duration::from_secs(60), |line| {
            lines.push(line.message);
            if lines.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        assert_eq!(lines, ["one", "two"]);
        Ok(())
    }
}

fn a_service_that_never_ran_has_no_logs(door: &Door) -> Outcome {
    add(door, &Layer::new().service("web", Service::new("sleep 1000")));
    assert!(door.client.logs(&LogQuery::new())?.is_empty());
    Ok(())
}

fn a_service_that_nobody_knows_has_no_logs(door: &Door) -> Outcome {
    assert!(door.client.logs(&LogQuery::new().service("nobody"))?.is_empty());
    Ok(())
}

fn following_nothing_ends_with_its_limit(door: &Door) -> Outcome {
    door.client.follow_logs(&LogQuery::new(), Duration::from_millis(100), |line| panic!("{line:?}"))
}
