use super::*;

#[test]
fn blocks_in_yaml_are_laid_out_in_their_place() {
    let text = "rulesets:\n  a:\n    dqdl: |\n\n      Rules=[IsComplete \"x\",\n\n         IsUnique \"x\"]   \n\n  b: {file: b.dqdl}\njobs: { }\n";
    let once = format(text, Kind::Yaml).unwrap();
    assert_eq!(
        once,
        "rulesets:\n  a:\n    dqdl: |\n\n      Rules = [\n          IsComplete \"x\",\n\n          IsUnique \"x\"\n      ]\n\n  b: { file: b.dqdl }\njobs: {}\n"
    );
    assert_eq!(format(&once, Kind::Yaml), Ok(once));
}

#[test]
fn a_faulty_text_is_refused() {
    assert_eq!(format("dqdl: |\n  Rules = [ IsComplete\n", Kind::Yaml), Err(Refusal::Faulty));
    assert_eq!(format("a: [\n", Kind::Yaml), Err(Refusal::Faulty));
    assert_eq!(format("a: 1\na: 2\n", Kind::Yaml), Err(Refusal::Faulty));
    assert_eq!(format("Rules = [ IsComplete", Kind::Dqdl), Err(Refusal::Faulty));
    assert_eq!(format("a: 1   # no DQDL\n", Kind::Yaml).as_deref(), Ok("a: 1 # no DQDL\n"));
}

#[test]
fn every_refusal_is_explained() {
    let text = "a: é\n";
    for refusal in [Refusal::Unknown(3), Refusal::Unknown(99), Refusal::Changed] {
        let mut sink = Sink::default();
        explain(refusal, FileId(0), text, Kind::Yaml, &mut sink);
        assert!(sink.has_errors(), "{refusal:?}");
    }
    let mut sink = Sink::default();
    explain(Refusal::Faulty, FileId(0), "a: [\n", Kind::Yaml, &mut sink);
    explain(Refusal::Faulty, FileId(0), "Rules = [", Kind::Dqdl, &mut sink);
    assert!(sink.len() >= 2);
}
