# Objects, strings, hashes: objects.rb FILE ROUNDS
Item = Struct.new(:id, :name, :words)
rounds = ARGV[1].to_i
rounds.times do |round|
  items = File.foreach(ARGV[0]).map do |line|
    id, name, text = line.chomp.split("\t")
    Item.new(id.to_i, name, text.split(" "))
  end
  counts = Hash.new(0)
  items.each { |item| item.words.each { |word| counts[word] += 1 } }
  groups = items.group_by { |item| item.name[0, 3] }
  joined = groups.transform_values { |group| group.map(&:name).sort.join(",") }
  puts [round, counts.size, groups.size, joined.values.sum(&:size)].join(" ")
end
